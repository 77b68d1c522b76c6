// From one command to an empty list that invites, over a certificate that is trusted in earnest.
import { startBrowser, watchErrors } from '../lib/browser.mjs';
import { seriousFindings } from '../lib/axe.mjs';
import { check, equal, test } from '../lib/check.mjs';
import { shoot } from '../lib/shots.mjs';

export function arrive(world) {
  let links = [];

  test('toft up prints a link for this machine', async () => {
    links = await world.daemon.start('up');
    check(links.some((link) => link.startsWith(`${world.daemon.url}/login?code=`)), `links: ${links.join(' ')}`);
    check(!/code=/.test(world.daemon.output), 'the code stands in the log');
  });

  test('a browser does not trust Toft before it was told to', async () => {
    const { context, close } = await startBrowser({ home: world.daemon.home });
    try {
      const refused = await context.pages()[0].goto(world.daemon.url).then(() => '', String);
      check(/ERR_CERT_AUTHORITY_INVALID/.test(refused), `it said: ${refused || 'nothing at all'}`);
    } finally {
      await close();
    }
  });

  test('toft trust makes it trust, and the link signs in, once', async () => {
    const { code, output } = await world.daemon.run('trust');
    equal(code, 0, `toft trust: ${output}`);
    world.browser = await startBrowser({ home: world.daemon.home });
    world.page = world.browser.context.pages()[0];
    world.errors = watchErrors(world.page);
    await world.page.goto(links[0]);
    await world.page.getByText('Make your first workspace').waitFor();
    check(!world.page.url().includes('code='), 'the code stays in the address');
    equal(await seriousFindings(world.page), [], 'what axe finds');
    await shoot(world.page, 'story-1-empty-1280');

    const again = await startBrowser({ home: world.daemon.home });
    try {
      const page = again.context.pages()[0];
      await page.goto(links[0]);
      await page.getByRole('alert').waitFor();
      await page.getByRole('link', { name: 'Download the CA certificate' }).waitFor();
    } finally {
      await again.close();
    }
  });
}
