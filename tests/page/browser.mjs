// The browser: what each step of each test is held to.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SIZES = { phone: { width: 390, height: 844 }, desktop: { width: 1200, height: 900 } };
const SCHEMES = ['light', 'dark'];

export async function launch() {
  const args = ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-sync'];
  return chromium.launch({ executablePath: process.env.CHROMIUM, args });
}

/** A person with a browser of his own. */
export class Person {
  static async arrive(scope, browser, options = {}) {
    const person = new Person();
    const here = { viewport: SIZES.phone, locale: 'en-GB', timezoneId: 'Europe/Berlin' };
    person.context = await browser.newContext({ ...here, ...options });
    scope.add(() => person.context.close());
    person.urls = [];
    person.faults = [];
    await person.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    person.page = await person.tab();
    return person;
  }

  async tab() {
    const page = await this.context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('request', (request) => this.urls.push(request.url()));
    page.on('pageerror', (error) => this.faults.push(String(error)));
    page.on('console', (message) => {
      // What the server answers with an error status is a page as well, and a browser asks for an icon by itself.
      const isFault = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
      if (isFault) this.faults.push(message.text());
    });
    return page;
  }

  /** Holds the page as it is to what every page is held to, in each size and scheme, and takes its picture. */
  async look(name, page = this.page) {
    await page.evaluate(axe);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const path = join(process.env.SHOTS, `${name}-${size}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: true });
        const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        const nodes = (fault) => fault.nodes.map((node) => node.html).join(' ');
        const faults = found.violations.map((fault) => `${fault.id}: ${nodes(fault)}`);
        assert.deepEqual(faults, [], `axe on ${name}, ${size}, ${colorScheme}`);
      }
      const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(wide <= shown, `${name} is ${wide} wide on a ${size} of ${shown}`);
    }
    await page.setViewportSize(SIZES.phone);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  /** A picture for the README: what a phone shows from this element on. */
  async picture(name, selector) {
    await this.page.locator(selector).evaluate((element) => element.scrollIntoView());
    const session = await this.context.newCDPSession(this.page);
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
    writeFileSync(join(process.env.PICTURES, name), Buffer.from(data, 'base64'));
  }

  /** No page had a fault, nothing came from elsewhere, and no URL had a secret in it. */
  check(origin, secrets) {
    assert.deepEqual(this.faults, []);
    for (const url of this.urls) {
      assert.ok(url === origin || url.startsWith(`${origin}/`) || url.startsWith('blob:'), `${url} is elsewhere`);
      for (const secret of secrets) {
        assert.ok(!url.includes(secret) && !decodeURIComponent(url).includes(secret), 'a secret is in a URL');
      }
    }
  }

  /** Waits for the page with that heading. */
  at(heading, page = this.page) {
    return page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
  }

  /** Waits until what has the focus says that. */
  async focusOn(words, page = this.page) {
    const pattern = words instanceof RegExp ? words.source : `^${words.replace(/[.?…]/g, '\\$&')}$`;
    const has = (source) => new RegExp(source).test(document.activeElement.textContent);
    await page.waitForFunction(has, pattern).catch(() => assert.fail(`the focus is not on ${words}`));
  }

  value(id, page = this.page) {
    return page.locator(`#value-${id}`).textContent();
  }

  async join(address, page = this.page) {
    await page.getByLabel('Mail address of your Arlo account').first().fill(address);
    await page.getByRole('button', { name: 'Join' }).click();
  }

  async signIn(address, token, page = this.page) {
    await page.locator('#email').fill(address);
    await page.locator('#token').fill(token);
    await page.getByRole('button', { name: 'Show my enrolment' }).click();
  }
}
