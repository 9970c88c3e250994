// The relay, the simulated Arlo and what stands before them, as processes and servers of this program.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const START_MS = 30_000;

/** What is to be ended, the newest first. */
export class Scope {
  #ends = [];

  add(end) {
    this.#ends.push(end);
  }

  directory() {
    const path = mkdtempSync(join(tmpdir(), 'page-'));
    this.add(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  async end() {
    for (const end of this.#ends.reverse()) await end();
  }
}

/** Starts a process that prints one line `ready …`, and gives that line. */
async function started(scope, command, args, log, environment = {}) {
  const logged = openSync(log, 'a');
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', logged] });
  const exited = new Promise((resolve) => { child.once('exit', resolve); });
  scope.add(() => { child.kill(); return exited; });
  const ready = new Promise((resolve, reject) => {
    let said = '';
    const timer = setTimeout(() => reject(new Error(`${command} is not ready`)), START_MS);
    child.stdout.on('data', (data) => {
      said += data;
      if (said.includes('\n')) { clearTimeout(timer); resolve(said.trim()); }
    });
    const logs = () => readFileSync(log, 'utf8').slice(-2000);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${logs()}`)));
  });
  return ready;
}

const address = (ready, listener) => ready.match(new RegExp(`\\b${listener}=(?:\\w+://)?(\\S+)`))[1];

/** A loopback address whose port 80 is free; pyaarlo reaches no other port. */
async function portEighty() {
  for (let last = 200; last > 150; last -= 1) {
    const host = `127.0.0.${last}`;
    const free = await new Promise((resolve) => {
      const probe = net.createServer();
      probe.once('error', () => resolve(false));
      probe.listen(80, host, () => probe.close(() => resolve(true)));
    });
    if (free) return host;
  }
  return null;
}

/** A `serve` of its own. */
export class Relay {
  static async start(scope, options = {}) {
    const { registration = 'open', http: listen = '127.0.0.1:0', domain = 'relay.localhost', publicUrl } = options;
    const relay = new Relay();
    const directory = scope.directory();
    relay.data = join(directory, 'data');
    relay.log = join(directory, 'relay.log');
    const args = ['serve', '--http', listen, '--smtp', '127.0.0.1:0', '--data-dir', relay.data];
    args.push('--domain', domain, '--registration', registration);
    if (publicUrl) args.push('--public-url', publicUrl);
    const ready = await started(scope, process.env.RELAY, args, relay.log);
    relay.http = address(ready, 'http');
    relay.smtp = address(ready, 'smtp');
    relay.url = `http://${relay.http.replace(/:80$/, '')}`;
    return relay;
  }

  /** On port 80 where that is allowed. */
  static async forPyaarlo(scope, options = {}) {
    const host = await portEighty();
    const there = host ? { http: `${host}:80`, publicUrl: `http://${host}` } : {};
    return Relay.start(scope, { ...options, ...there });
  }

  said() {
    return readFileSync(this.log, 'utf8');
  }

  /** A link by which so many may join. */
  async invite(uses) {
    const printed = await run(process.env.RELAY, ['invite', '--uses', String(uses), '--data-dir', this.data, '--json']);
    return JSON.parse(printed.stdout).link;
  }

  /** Delivers a mail, as a mail server does. */
  async deliver(from, to, mail) {
    const [host, port] = this.smtp.split(':');
    const socket = net.connect(Number(port), host);
    let answers = '';
    socket.on('data', (data) => { answers += data; });
    const answer = async (code) => {
      while (!/^\d{3} .*\r\n$/m.test(answers)) {
        await once(socket, 'data');
      }
      if (!answers.startsWith(code)) throw new Error(`the relay answered ${answers}`);
      answers = '';
    };
    await answer('220');
    for (const [line, code] of [
      ['EHLO mail.example', '250'], [`MAIL FROM:<${from}>`, '250'], [`RCPT TO:<${to}>`, '250'], ['DATA', '354'],
      [`${mail.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..')}\r\n.`, '250'], ['QUIT', '221'],
    ]) {
      socket.write(`${line}\r\n`);
      await answer(code);
    }
    socket.end();
  }
}

/** A mail with these fields. */
export function mail({ from, to, subject, body, type = 'text/plain; charset=utf-8' }) {
  const date = new Date().toUTCString().replace('GMT', '+0000');
  return `From: ${from}\nTo: ${to}\nSubject: ${subject}\nDate: ${date}\nMessage-ID: <${randomUUID()}@mail.example>\n`
    + `MIME-Version: 1.0\nContent-Type: ${type}\n\n${body}\n`;
}

/** A simulated Arlo with one account, whose mailbox forwards to the relay address. */
export async function cloud(scope, account, smtp, deliverTo, faults = []) {
  const password = randomBytes(8).toString('hex');
  const log = join(scope.directory(), 'cloud.log');
  const args = ['--smtp', smtp, '--account', account, '--deliver-to', deliverTo];
  for (const fault of faults) args.push('--fault', fault);
  const ready = await started(scope, process.env.CLOUD, args, log, { ARLO_PASSWORD: password });
  return { url: `http://${address(ready, 'http')}`, password };
}

/** Runs a program to its end. Its input may be a promise, and `tells` is called when it writes to standard error. */
export async function run(command, args, { input = '', environment = {}, tells = () => {} } = {}) {
  const child = spawn(command, args, { env: { ...process.env, NO_PROXY: '*', no_proxy: '*', ...environment } });
  child.stderr.once('data', tells);
  // One that ends at once reads nothing: its exit code tells.
  child.stdin.on('error', () => {});
  Promise.resolve(input).then((typed) => child.stdin.end(typed), () => child.kill());
  const exited = new Promise((resolve) => { child.once('close', resolve); });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${stderr.slice(-2000)}`);
  return { stdout, stderr };
}

/** A reverse proxy that serves the relay below a prefix, under another host than the relay sees. */
export async function proxy(scope, prefix) {
  const seen = [];
  const server = http.createServer((request, response) => {
    seen.push(request.url);
    // Some proxies take the prefix without a slash for the start page.
    const asked = request.url === prefix ? `${prefix}/` : request.url;
    if (!asked.startsWith(`${prefix}/`)) { response.writeHead(404).end(); return; }
    const [host, port] = server.upstream.split(':');
    const headers = { ...request.headers, host: server.upstream, connection: 'close' };
    const options = { host, port, method: request.method, path: asked.slice(prefix.length), headers };
    const upstream = http.request(options, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    upstream.once('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  scope.add(() => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }));
  return { server, seen, url: `http://127.0.0.1:${server.address().port}${prefix}` };
}
