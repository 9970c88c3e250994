// The whole walk of a new member, on a phone.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Person } from './browser.mjs';
import * as pasted from './pasted.mjs';
import { Relay, cloud, mail } from './servers.mjs';

export const ACCOUNT = 'casey@gmail.com';
const GMAIL = 'Gmail Team <forwarding-noreply@google.com>';

/** Gmail's question, as it is since 2026. */
export const question = (to) => mail({
  from: GMAIL,
  to,
  subject: '(Gmail Forwarding Confirmation - Receive Mail from casey@gmail.com',
  body: `casey@gmail.com has requested to automatically forward mail to your email address ${to}.\n\n`
    + 'To allow this, please click the link below to confirm the request:\n\n'
    + 'https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-k3yk3y\n',
});

/** What the member's mail program sends: the text that the page shows. */
export async function sendTest(relay, page, from, to) {
  await page.locator('#test-text').waitFor();
  const body = await page.locator('#test-text').textContent();
  const subject = 'Fwd: Your one-time authentication code from Arlo';
  await relay.deliver(from, to, mail({ from: `Casey <${from}>`, to, subject, body }));
}

export async function wholeWalk(scope, browser) {
  const relay = await Relay.forPyaarlo(scope);
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  let actions = 0;

  await page.goto(`${relay.url}/`);
  await casey.at('Let your programs log in to Arlo by themselves');
  await casey.look('1-start');

  // The first action: join.
  await casey.join(ACCOUNT);
  actions += 1;
  await casey.at('You have joined');
  await casey.focusOn('You have joined');
  const [token, relayAddress] = [await casey.value('token'), await casey.value('address')];
  assert.match(token, /^arelay_/);
  assert.match(relayAddress, /^[a-z2-7]{32}@relay\.localhost$/);
  assert.equal(await casey.value('prestage'), `${relay.url}/prepare-arlo-mfa`);
  await casey.look('2-joined');

  await page.getByRole('button', { name: 'Copy Access token' }).click();
  await page.locator('#announced', { hasText: 'Copied' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as a file' }).click();
  const saved = readFileSync(await (await saving).path(), 'utf8');
  for (const value of [ACCOUNT, token, relayAddress, `${relay.url}/prepare-arlo-mfa`]) assert.ok(saved.includes(value));

  // The provider's question appears while the page is open; the account is at Gmail, so its text is open already.
  await page.getByText('Gmail first asks the relay address').waitFor();
  await relay.deliver('forwarding-noreply@google.com', relayAddress, question(relayAddress));
  const link = page.getByRole('link', { name: 'Open the page at mail-settings.google.com' });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), 'https://mail-settings.google.com/mail/vf-%5BANGjdJ8%5D-k3yk3y');
  await casey.look('3-question');

  // The second action: the relay address at Arlo, or a rule. From here on Arlo's mail comes to the relay.
  const arlo = await cloud(scope, ACCOUNT, relay.smtp, relayAddress);
  actions += 1;

  // The third: the lines for pyaarlo, copied.
  await page.locator('summary', { hasText: /^pyaarlo$/ }).click();
  await page.getByRole('button', { name: 'Copy pyaarlo', exact: true }).click();
  const lines = await page.evaluate(() => navigator.clipboard.readText());
  actions += 1;
  if (relay.url.startsWith('http://127.0.0.1:')) {
    assert.ok(lines.includes(token), 'the lines lack the token');
  } else {
    await pasted.pyaarlo(lines, arlo);
    console.log(`       from the page to a logged-in pyaarlo: ${actions} actions`);
  }
  await casey.look('4-clients');
  await pasted.command(scope, page, arlo);
  for (const program of ['script', 'scrypted']) await pasted.script(page, arlo, program);

  // The test mail, seen live.
  await page.getByRole('button', { name: 'Start the test' }).click();
  await casey.at('Your enrolment');
  await page.getByText('The relay waits for a code until').waitFor();
  const mailto = await page.getByRole('link', { name: 'Write the test mail' }).getAttribute('href');
  assert.ok(mailto.startsWith(`mailto:${relayAddress}?subject=Fwd`));
  const body = new URLSearchParams(mailto.split('?')[1]).get('body');
  assert.equal(body.replaceAll('\r\n', '\n'), await page.locator('#test-text').textContent());
  await casey.look('5-test');
  await sendTest(relay, page, ACCOUNT, relayAddress);
  const came = page.locator('#live-test .success');
  await came.waitFor();
  assert.match(await came.textContent(), /^It works: the code \d{6} came \d+ seconds after the start\./);
  assert.match(await came.textContent(), /It is the code of the test mail\.$/);
  assert.equal(await page.locator('#test-text').isVisible(), false);
  await casey.look('6-arrived');

  // A real code, which the page shows and the person types in at Arlo.
  await page.getByRole('button', { name: 'Start again' }).click();
  await page.getByText('The relay waits for a code until').waitFor();
  const typed = came.waitFor().then(async () => {
    const said = await came.textContent();
    assert.match(said, /It is not the code of the test mail, so it comes from Arlo\./);
    return `${said.match(/\d{6}/)[0]}\n`;
  });
  await pasted.typeIn(arlo, typed);

  // A stranger forwards a code: refused, and the page says why.
  await relay.deliver('robin@example.org', relayAddress, mail({
    from: 'robin@example.org',
    to: relayAddress,
    subject: 'Fwd: code',
    body: '---------- Forwarded message ---------\nFrom: Arlo <do_not_reply@arlo.com>\nDate: Thu, Nov 26, 2026\n'
      + 'Subject: Your one-time authentication code from Arlo\nTo: <casey@gmail.com>\n\nYour code is:\n\n123456\n',
  }));
  await page.getByText('A code came from an address that is not the account’s').first().waitFor();
  await page.getByText('The last events').click();
  await page.getByRole('cell', { name: 'A login was announced' }).first().waitFor();
  await casey.look('7-status');

  // Another token, and the end.
  await page.getByRole('button', { name: 'Replace the token' }).click();
  await casey.focusOn('Your new token');
  const second = await casey.value('token');
  assert.notEqual(second, token);
  await casey.look('8-rotated');
  await page.goto(`${relay.url}/`);
  await casey.signIn(ACCOUNT, token);
  await casey.focusOn('This token does not belong to this account, or it is not valid any more.');
  await casey.look('9-wrong-token');
  await casey.signIn(ACCOUNT, second);
  await casey.focusOn('Your enrolment');
  await page.getByRole('button', { name: 'Leave …' }).click();
  await casey.focusOn('Do you want to leave?');
  await casey.look('10-leave');
  await page.getByRole('button', { name: 'Stay' }).click();
  await casey.at('Your enrolment');
  await page.getByRole('button', { name: 'Leave …' }).click();
  await page.getByRole('button', { name: 'Leave now' }).click();
  await casey.focusOn('You have left');
  await casey.look('11-left');
  await page.goto(`${relay.url}/`);
  await casey.signIn(ACCOUNT, second);
  await casey.focusOn(/not valid any more/);

  casey.check(relay.url, [token, second, relayAddress.split('@')[0]]);
  for (const secret of [token, second, relayAddress.split('@')[0], ACCOUNT]) assert.ok(!relay.said().includes(secret));
}
