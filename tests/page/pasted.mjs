// Runs the lines that the page shows for a program, as they are.

import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { run } from './servers.mjs';
import { ACCOUNT } from './walk.mjs';

const shown = (page, program) => page.locator(`#lines-${program}`).textContent();

/** Those for pyaarlo, with real pyaarlo. */
export async function pyaarlo(lines, arlo) {
  const environment = { ARLO_PASSWORD: arlo.password, ARLO_HOST: arlo.url };
  const pasted = join(import.meta.dirname, 'pasted.py');
  const { stdout } = await run(process.env.PYTHON, [pasted], { input: lines, environment });
  const found = JSON.parse(stdout.trim().split('\n').pop());
  assert.deepEqual(found.cameras, ['Front door', 'Garden'], found.error);
}

/** Those for `arlo-relay login`. */
export async function command(scope, page, arlo) {
  const path = `${dirname(process.env.RELAY)}:${process.env.PATH}`;
  const hosts = { ARLO_AUTH_HOST: arlo.url, ARLO_HOST: arlo.url };
  const environment = { ...hosts, ARLO_PASSWORD: arlo.password, PATH: path, HOME: scope.directory() };
  const { stdout, stderr } = await run('sh', [], { input: await shown(page, 'command'), environment });
  assert.match(stdout + stderr, /Logged in with a code/);
}

/** Those of the script: it prints the code, which a person types in where Arlo asks for it. */
export async function script(page, arlo, program) {
  const lines = await shown(page, program);
  let begin;
  const begun = new Promise((resolve) => { begin = resolve; });
  const printed = run('sh', [], { input: lines, tells: begin }).then(({ stdout }) => stdout);
  await Promise.race([begun, printed]);
  await typeIn(arlo, printed);
}

/** Logs in at Arlo by hand, with the code that somebody reads out. */
export async function typeIn(arlo, code) {
  const environment = { ARLO_AUTH_HOST: arlo.url, ARLO_HOST: arlo.url, ARLO_PASSWORD: arlo.password };
  const login = ['login', '--account', ACCOUNT, '--codes', 'console', '--json'];
  const { stdout } = await run(process.env.RELAY, login, { input: code, environment });
  assert.equal(JSON.parse(stdout).mfa, true);
}
