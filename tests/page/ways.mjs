// Other ways through the page: invited, with two tabs, back and forward, without a script, below a prefix, by keyboard.

import assert from 'node:assert/strict';
import { Person } from './browser.mjs';
import { Relay, mail, proxy } from './servers.mjs';
import { ACCOUNT, question, sendTest } from './walk.mjs';

export async function invited(scope, browser) {
  const relay = await Relay.start(scope, { registration: 'invite' });
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  const link = new URL(await relay.invite(1));
  assert.match(link.hash, /^#invitation=arelay_invite_/);
  const invitation = new URLSearchParams(link.hash.slice(1)).get('invitation');

  // The fragment fills the field, in another language as well.
  await page.goto(`${relay.url}/${link.hash}`);
  assert.equal(await page.locator('#join-invitation').inputValue(), invitation);
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Mitmachen' }).waitFor();
  assert.equal(await page.locator('#join-invitation').inputValue(), invitation);
  await page.getByRole('link', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Join', exact: true }).waitFor();
  await casey.look('invited');

  // A wrong one is refused, and what was entered stays.
  await page.locator('#join-invitation').fill('arelay_invite_aaaa');
  await casey.join(ACCOUNT);
  await casey.focusOn(/^This invitation is not valid/);
  assert.equal(await page.locator('#join-email').inputValue(), ACCOUNT);
  assert.equal(await page.locator('#join-invitation').inputValue(), 'arelay_invite_aaaa');
  await casey.look('wrong-invitation');
  await page.locator('#join-invitation').fill(invitation);
  await page.getByRole('button', { name: 'Join' }).click();
  await casey.at('You have joined');
  const token = await casey.value('token');

  // Sent again, the form gives the same values, and uses no second place.
  await page.reload();
  assert.equal(await casey.value('token'), token);

  // One that is used up is refused.
  const robin = await Person.arrive(scope, browser);
  await robin.page.goto(`${relay.url}/${link.hash}`);
  await robin.join('robin@example.org');
  await robin.focusOn(/^This invitation is not valid/);
  await robin.look('used-up');
  casey.check(relay.url, [token]);
  assert.ok(casey.urls.every((url) => !new URL(url).search.includes(invitation)));
}

export async function closed(scope, browser) {
  const relay = await Relay.start(scope, { registration: 'closed' });
  const casey = await Person.arrive(scope, browser);
  await casey.page.goto(`${relay.url}/register`);
  assert.equal(new URL(casey.page.url()).pathname, '/');
  await casey.page.getByText('On this relay, only the operator enrols members.').waitFor();
  assert.equal(await casey.page.getByRole('button', { name: 'Join' }).count(), 0);
  await casey.look('closed');
  await casey.page.getByRole('link', { name: 'Privacy' }).click();
  await casey.at('What this relay knows about you');
  await casey.look('privacy');
  casey.check(relay.url, []);
}

export async function backForwardAndTwoTabs(scope, browser) {
  const relay = await Relay.start(scope);
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  await page.goto(`${relay.url}/`);
  await casey.join(ACCOUNT);
  const token = await casey.value('token');

  // Reloaded, the same enrolment.
  await page.reload();
  assert.equal(await casey.value('token'), token);
  await page.goBack();
  await casey.at(/^Let your programs/);
  // The browser has kept no page with a token: forward, it asks whether to send the form again.
  await assert.rejects(page.goForward(), /ERR_CACHE_MISS/);
  // Another address is another enrolment.
  const anew = await casey.tab();
  await anew.goto(`${relay.url}/`);
  await casey.join('robin@example.org', anew);
  assert.notEqual(await casey.value('token', anew), token);

  // Another tab joins for itself, and the first one goes on.
  const second = await casey.tab();
  await second.goto(`${relay.url}/`);
  await casey.join(ACCOUNT, second);
  const other = await casey.value('token', second);
  assert.notEqual(other, token);
  // A tab whose token was replaced in another one is told so.
  const third = await casey.tab();
  for (const tab of [second, third]) {
    await tab.goto(`${relay.url}/`);
    await casey.signIn(ACCOUNT, other, tab);
  }
  await second.getByRole('button', { name: 'Replace the token' }).click();
  const replaced = await casey.value('token', second);
  await third.getByRole('button', { name: 'Start the test' }).click();
  await casey.focusOn(/not valid any more/, third);
  // The form that replaced the token, sent again, replaces nothing.
  await second.reload();
  await casey.focusOn(/not valid any more/, second);
  await casey.signIn(ACCOUNT, replaced, second);
  await casey.at('Your enrolment', second);
  casey.check(relay.url, [token, other, replaced]);
}

export async function withoutAScript(scope, browser) {
  const relay = await Relay.start(scope, { registration: 'invite' });
  const invitation = new URLSearchParams(new URL(await relay.invite(1)).hash.slice(1)).get('invitation');
  const casey = await Person.arrive(scope, browser, { javaScriptEnabled: false });
  const { page } = casey;
  await page.goto(`${relay.url}/`);
  await page.locator('#join-invitation').fill(invitation);
  await casey.join(ACCOUNT);
  await casey.at('You have joined');
  const [token, relayAddress] = [await casey.value('token'), await casey.value('address')];
  assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0);
  assert.equal(await page.getByText('This page looks for news by itself.').filter({ visible: true }).count(), 0);

  await relay.deliver('forwarding-noreply@google.com', relayAddress, question(relayAddress));
  await page.getByRole('button', { name: 'Look again' }).first().click();
  await page.getByRole('link', { name: 'Open the page at mail-settings.google.com' }).waitFor();
  await page.getByRole('button', { name: 'Start the test' }).click();
  await sendTest(relay, page, ACCOUNT, relayAddress);
  await page.getByRole('button', { name: 'Look again' }).nth(1).click();
  await page.locator('#live-test .success').waitFor();
  await page.getByText('The last events').click();
  await page.getByRole('cell', { name: 'A login was announced' }).waitFor();
  // In another language the enrolment is the same.
  await page.getByRole('button', { name: 'Español' }).click();
  await casey.at('Su inscripción');
  casey.check(relay.url, [token, relayAddress.split('@')[0]]);
}

export async function belowAPrefix(scope, browser) {
  const front = await proxy(scope, '/relay/v1');
  const relay = await Relay.start(scope, { publicUrl: front.url });
  front.server.upstream = relay.http;
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  await page.goto(front.url);
  await casey.join(ACCOUNT);
  const [token, relayAddress] = [await casey.value('token'), await casey.value('address')];
  assert.equal(await casey.value('prestage'), `${front.url}/prepare-arlo-mfa`);
  await relay.deliver('forwarding-noreply@google.com', relayAddress, question(relayAddress));
  await page.getByRole('link', { name: 'Open the page at mail-settings.google.com' }).waitFor();
  await page.getByRole('button', { name: 'Start the test' }).click();
  await sendTest(relay, page, ACCOUNT, relayAddress);
  await page.locator('#live-test .success').waitFor();
  for (const name of ['Privacy', 'Start page']) await page.getByRole('link', { name }).click();
  await casey.at(/^Let your programs/);
  for (const path of ['join', 'manage', 'register']) {
    await page.goto(`${front.url}/${path}`);
    assert.equal(page.url(), `${front.url}/`);
  }
  casey.check(front.url, [token, relayAddress.split('@')[0]]);
}

/** Presses Tab until that has the focus. */
async function tabTo(page, selector) {
  for (let pressed = 0; pressed < 120; pressed += 1) {
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`no key leads to ${selector}`);
}

export async function byKeyboard(scope, browser) {
  const relay = await Relay.start(scope);
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  await page.goto(`${relay.url}/`);
  await page.keyboard.press('Tab');
  await casey.focusOn('Skip to the content');
  await page.keyboard.press('Enter');
  await tabTo(page, '#join-email');
  await page.keyboard.type(ACCOUNT);
  await page.keyboard.press('Enter');
  await page.locator('#value-token').waitFor();
  await casey.focusOn('You have joined');
  const [token, relayAddress] = [await casey.value('token'), await casey.value('address')];
  await tabTo(page, '[data-copy="value-token"]');
  await page.keyboard.press('Space');
  await page.locator('#announced', { hasText: 'Copied' }).waitFor({ state: 'attached' });
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  await tabTo(page, '#test ~ div button');
  await page.keyboard.press('Enter');
  await page.getByText('The relay waits for a code until').waitFor();
  await casey.focusOn('Try it');
  await sendTest(relay, page, ACCOUNT, relayAddress);
  await page.locator('#live-test .success').waitFor();
  await tabTo(page, '#clients ~ details summary');
  await page.keyboard.press('Enter');
  await tabTo(page, '[data-copy="lines-hass"]');
  await page.keyboard.press('Space');
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^aarlo:\n/);
  await tabTo(page, 'button.danger');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Do you want to leave?' }).waitFor();
  await tabTo(page, 'button.danger');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'You have left' }).waitFor();
  casey.check(relay.url, [token]);
}

export async function eachLanguage(scope, browser) {
  const relay = await Relay.start(scope);
  for (const [locale, joinButton, joined] of [
    ['de-AT', 'Mitmachen', 'Sie sind dabei'],
    ['fr-FR', 'S’inscrire', 'Vous êtes inscrit'],
    ['es-MX', 'Unirse', 'Se ha unido'],
  ]) {
    const casey = await Person.arrive(scope, browser, { locale });
    const { page } = casey;
    await page.goto(`${relay.url}/`);
    const lang = locale.slice(0, 2);
    assert.equal(await page.locator('html').getAttribute('lang'), lang);
    await casey.look(`start-${lang}`);
    await page.locator('#join-email').fill(ACCOUNT);
    await page.getByRole('button', { name: joinButton }).click();
    await casey.at(joined);
    await casey.look(`joined-${lang}`);
    const token = await casey.value('token');
    // In another language, the same values.
    await page.getByRole('button', { name: 'English' }).click();
    await casey.at('You have joined');
    assert.equal(await casey.value('token'), token);
    await page.getByRole('link', { name: 'Privacy' }).click();
    await casey.at('What this relay knows about you');
    casey.check(relay.url, [token]);
  }
}

export async function whatOthersWriteIsText(scope, browser) {
  const relay = await Relay.start(scope);
  const casey = await Person.arrive(scope, browser);
  const { page } = casey;
  await page.goto(`${relay.url}/`);
  await casey.join(ACCOUNT);
  const relayAddress = await casey.value('address');
  const subject = '"><img src=x onerror=window.done=1><script>window.done=1</script>';
  const from = '"<script>window.done=1</script>" <script@example.org>';
  const body = 'https://mail.google.com/x';
  await relay.deliver('x@example.org', relayAddress, mail({ from, to: relayAddress, subject, body }));
  await page.getByRole('heading', { name: subject }).waitFor();
  assert.equal(await page.evaluate(() => window.done), undefined);
  await casey.look('stranger');
  casey.check(relay.url, []);
}
