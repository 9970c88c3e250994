// The pictures of the README: a relay of a made-up name, on a phone. They are made by hand, with `run.py --pictures`.

import { Person } from './browser.mjs';
import { Relay } from './servers.mjs';
import { ACCOUNT, question, sendTest } from './walk.mjs';

export async function pictures(scope, browser) {
  const relay = await Relay.start(scope, { domain: 'relay.example.org', publicUrl: 'https://relay.example.org' });
  const viewport = { width: 390, height: 720 };
  const casey = await Person.arrive(scope, browser, { viewport, deviceScaleFactor: 2 });
  await casey.page.goto(`${relay.url}/`);
  await casey.picture('page-join.webp', 'body');
  await casey.join(ACCOUNT);
  await casey.picture('page-values.webp', 'body');
  const relayAddress = await casey.value('address');
  await relay.deliver('forwarding-noreply@google.com', relayAddress, question(relayAddress));
  await casey.page.getByRole('button', { name: 'Start the test' }).click();
  await casey.page.emulateMedia({ colorScheme: 'dark' });
  await sendTest(relay, casey.page, ACCOUNT, relayAddress);
  await casey.page.locator('#live-test .success').waitFor();
  await casey.picture('page-test.webp', '#live-questions article');
}
