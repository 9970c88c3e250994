// Runs each test with a relay and a browser of its own, a few at a time.

import { launch } from './browser.mjs';
import { Scope } from './servers.mjs';
import { pictures } from './pictures.mjs';
import { wholeWalk } from './walk.mjs';
import * as ways from './ways.mjs';

const AT_A_TIME = 3;
const words = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const all = process.env.PICTURES ? { pictures } : { wholeWalk, ...ways };
const tests = Object.entries(all).map(([name, test]) => [words(name), test]);
const wanted = tests.filter(([name]) => !process.env.ONLY || name === process.env.ONLY);
if (wanted.length === 0) {
  console.log(`the tests are: ${tests.map(([name]) => name).join(', ')}`);
  process.exit(2);
}

const browser = await launch();
let [passed, failed] = [0, 0];

async function runNext() {
  for (let next = wanted.shift(); next; next = wanted.shift()) {
    const [name, test] = next;
    const scope = new Scope();
    const began = performance.now();
    try {
      await test(scope, browser);
      passed += 1;
      console.log(`ok     ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${name}: ${error.stack}`);
    }
    await scope.end();
  }
}

await Promise.all(Array.from({ length: AT_A_TIME }, runNext));
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
