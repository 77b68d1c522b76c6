// A desktop, worked at as a person does: with mouse and keyboard in a page behind the gateway.
import { seriousFindings } from '../lib/axe.mjs';
import { watchErrors } from '../lib/browser.mjs';
import { check, equal, eventually, test } from '../lib/check.mjs';
import { launch, look, painted, settle } from '../lib/screen.mjs';
import { shoot } from '../lib/shots.mjs';

const WORKSPACES = '/apis/toft.dev/v1alpha1/namespaces/admin/workspaces';
const make = (name, parameters) => ({
  apiVersion: 'toft.dev/v1alpha1',
  kind: 'Workspace',
  metadata: { name, namespace: 'admin' },
  spec: { template: 'desktop', parameters },
});

export function desktop(world) {
  let desk;
  let errors;
  const host = (name) => `https://desktop--${name}--admin.toft.localhost:${world.daemon.port}`;

  /** What a command inside says. */
  async function inside(command, name = 'desk') {
    const { code, output } = await world.daemon.run('exec', name, '--', 'sh', '-c', command);
    equal(code, 0, `${command}: ${output}`);
    return output.trim();
  }
  const terminal = () => inside('pgrep -x xfce4-terminal');

  test('a desktop opens from the list and is painted at the size of the window', async () => {
    const { daemon } = world;
    const page = await world.browser.context.newPage();
    const answer = await daemon.ask('POST', WORKSPACES, make('desk', { title: 'Studio' }));
    equal(answer.status, 201, answer.text);
    await page.goto(daemon.url);
    const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'desk', exact: true }) });
    // The first time on a machine, its image is made.
    await row.getByText('Running').waitFor({ timeout: 1_200_000 });
    const opening = world.browser.context.waitForEvent('page');
    await page.getByRole('button', { name: 'Open Desktop of desk' }).click();
    desk = await opening;
    world.desk = desk;
    errors = watchErrors(desk);
    await desk.waitForURL(`${host('desk')}/**`);
    await page.close();
    await settle(desk);
    await painted(desk);
    equal(await desk.title(), 'Studio', 'the title');
    equal(new URL(desk.url()).origin, host('desk'), 'where it is');
    equal(await seriousFindings(desk), [], 'what axe finds');
    await shoot(desk, 'desktop-1-painted-1280');
  }, { timeoutMs: 1_300_000 });

  test('what is typed into its terminal happens', async () => {
    const middle = [640, 400];
    const [before] = (await look(desk, [middle])).points;
    await launch(desk, 0);
    await eventually('a terminal is there', async () => String((await look(desk, [middle])).points[0]) !== String(before), 60_000);
    await desk.mouse.click(...middle);
    // Its window is there before it has the keyboard.
    await eventually('it takes what is typed', async () => {
      await desk.keyboard.type('touch ready\n');
      return (await inside('ls')).includes('ready');
    });
    await desk.keyboard.type('echo "$((6 * 7)) from $USER" > said.txt; sudo id -u >> said.txt\n');
    await eventually('its effect', async () => (await inside('cat said.txt')) === '42 from toft\n0');
  }, { timeoutMs: 180_000 });

  test('what is copied on the desktop is on the browser’s clipboard', async () => {
    await desk.evaluate(() => navigator.clipboard.writeText('something else'));
    await desk.keyboard.type("printf '\\303\\204\\344\\270\\226\\360\\237\\214\\215 from inside' | xclip -selection clipboard\n");
    await eventually('it is copied', async () => (await desk.evaluate(() => navigator.clipboard.readText())) === 'Ä世🌍 from inside');
  });

  test('what is copied elsewhere is pasted on the desktop', async () => {
    const other = await world.browser.context.newPage();
    await other.goto(world.daemon.url);
    await other.evaluate(() => navigator.clipboard.writeText('Größe 世界 – von außen'));
    await desk.bringToFront();
    // A headless browser has no windows whose focus could move: the page is told what it would be.
    await desk.evaluate(() => dispatchEvent(new FocusEvent('focus')));
    await other.close();
    await eventually('it has arrived', async () => (await inside('xclip -o -selection clipboard -t UTF8_STRING || true')) === 'Größe 世界 – von außen');
    await desk.keyboard.type('cat > pasted.txt\n');
    // Until then it is the shell that reads, and has what is pasted marked as such.
    await eventually('it is read', async () => (await inside('ls')).includes('pasted.txt'));
    await eventually('it is pasted', async () => {
      await desk.keyboard.press('Control+Shift+V');
      await desk.keyboard.press('Enter');
      return (await inside('cat pasted.txt')).split('\n').includes('Größe 世界 – von außen');
    });
    await desk.keyboard.press('Control+d');
  });

  test('the clipboard can be written by hand, and the toolbar reached and left by keyboard', async () => {
    await desk.keyboard.press('Control+Alt+Shift');
    const focused = () => desk.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName);
    equal(await focused(), 'Clipboard', 'what has the keyboard');
    await desk.keyboard.press('Enter');
    await desk.getByRole('textbox', { name: 'The desktop’s clipboard' }).fill('by hand: ñ');
    equal(await seriousFindings(desk), [], 'what axe finds');
    await shoot(desk, 'desktop-2-clipboard-1280');
    await desk.getByRole('button', { name: 'Put on the desktop' }).click();
    await eventually('it has arrived', async () => (await inside('xclip -o -selection clipboard -t UTF8_STRING || true')) === 'by hand: ñ');
    equal(await focused(), 'CANVAS', 'what has the keyboard then');
  });

  test('what it plays is heard, once asked for, and costs nothing before', async () => {
    equal(await inside('pgrep -x pulseaudio || true'), '', 'a sound server before anybody asked');
    const opening = desk.waitForEvent('websocket', (socket) => socket.url().endsWith('/sound'));
    await desk.mouse.move(640, 2);
    await desk.getByRole('button', { name: 'Sound' }).click();
    const heard = [];
    (await opening).on('framereceived', ({ payload }) => heard.push(Buffer.from(payload)));
    await eventually('silence is heard', () => heard.length > 2);
    // 480 samples a turn: a tone of 100 Hz.
    await inside(`perl -e 'print pack("s<*", map { my $s = int(9000 * sin(6.2831853 * $_ / 480)); ($s, $s) } 0..96000)' | paplay --raw --format=s16le --rate=48000 --channels=2`);
    const left = Buffer.concat(heard);
    const samples = Array.from({ length: Math.floor(left.length / 4) }, (_, at) => left.readInt16LE(at * 4)).filter((sample) => sample !== 0);
    const turns = samples.filter((sample, at) => at > 0 && sample > 0 && samples[at - 1] <= 0).length;
    check(samples.length > 48_000, `${samples.length} samples were not silent`);
    const pitch = (turns * 48_000) / samples.length;
    check(Math.abs(pitch - 100) < 5, `the tone has ${pitch} Hz`);
    await desk.getByRole('button', { name: 'Sound', pressed: true }).click();
    await desk.getByRole('button', { name: 'Sound', pressed: false }).waitFor();
    await desk.mouse.click(640, 400);
  }, { timeoutMs: 120_000 });

  test('it follows the size of the window', async () => {
    await desk.setViewportSize({ width: 1000, height: 700 });
    await painted(desk);
    await desk.setViewportSize({ width: 1280, height: 800 });
    await painted(desk);
  });

  test('after a reload the session is the same', async () => {
    const before = await terminal();
    await desk.reload();
    await settle(desk);
    await painted(desk);
    equal(await terminal(), before, 'the terminal’s process');
  });

  test('a killed daemon comes back under a desktop, which goes on', async () => {
    const before = await terminal();
    await world.daemon.kill();
    await desk.locator('[data-line="waiting"]').waitFor();
    check((await desk.locator('img.past').count()) === 1, 'the last picture is gone');
    await shoot(desk, 'desktop-3-lost-1280');
    await world.daemon.start('serve');
    await painted(desk);
    equal(await terminal(), before, 'the terminal’s process');
    await desk.mouse.click(640, 400);
    await desk.keyboard.type('echo again > said.txt\n');
    await eventually('what is typed happens', async () => (await inside('cat said.txt')) === 'again');
  }, { timeoutMs: 180_000 });

  test('no page but its own reaches the screen', async () => {
    const socket = (page, url) =>
      page.evaluate(
        (url) =>
          new Promise((resolve) => {
            const socket = new WebSocket(url);
            socket.onopen = () => resolve('open');
            socket.onerror = () => resolve('refused');
          }),
        url,
      );
    const url = `${host('desk').replace('https', 'wss')}/vnc`;
    equal(await socket(desk, url), 'open', 'its own page');
    equal(await socket(world.page, url), 'refused', 'the interface');
    const origins = ['', '-H "Origin: https://evil.example"', '-H "Origin: http://localhost:6080"', '-H "Origin: https://localhost:6080"'];
    const asked = origins.map(
      (origin) =>
        `curl -s -m 3 -o /dev/null -w "%{http_code} " ${origin} -H "Connection: Upgrade" -H "Upgrade: websocket" -H "Sec-WebSocket-Version: 13" -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" http://localhost:6080/vnc || true`,
    );
    // A browser cannot claim an origin of https for this port, which has no TLS; only programs can.
    equal(await inside(asked.join(';')), '403 403 403 101', 'what a browser inside is answered');
  });

  test('the web browser inside starts without questions, in a sandbox of its own', async () => {
    await launch(desk, 2);
    const renderer = `for p in $(pgrep -f -- 'firefox.*-contentproc.* tab$'); do grep -h Seccomp_filters /proc/$p/status | tr -dc 0-9; echo; done | sort -n | tail -1`;
    const own = Number(await inside('grep Seccomp_filters /proc/self/status | tr -dc 0-9'));
    await eventually('its pages’ process has a filter more', async () => Number(await inside(renderer)) > own, 90_000);
    // Beside the terminal, where the wallpaper was green.
    await eventually('it is seen', async () => {
      const { points } = await look(desk, [[900, 300], [900, 400], [1000, 350]]);
      return points.every((point) => Math.max(...point) - Math.min(...point) < 30);
    }, 60_000);
    await shoot(desk, 'desktop-4-browser-1280');
    await inside('pkill -x firefox-esr || true');
  }, { timeoutMs: 240_000 });

  test('a session that ended says so, and starts anew when asked', async () => {
    await inside('pkill -x xfce4-session');
    await desk.getByRole('heading', { name: 'The session has ended' }).waitFor();
    equal(await seriousFindings(desk), [], 'what axe finds');
    await shoot(desk, 'desktop-5-ended-1280');
    equal(await inside('pgrep -x Xvnc || true'), '', 'what is left of the screen');
    await desk.getByRole('button', { name: 'Start a new session' }).click();
    await painted(desk);
    equal(await inside('pgrep -x xfce4-terminal || true'), '', 'the old session’s terminal');
    equal(errors, [], 'what the page complained of');
    await desk.close();
  }, { timeoutMs: 180_000 });

  test('title, size, language, keyboard and time zone are as they were chosen', async () => {
    const parameters = { title: 'Fest', resolution: '1280x720', locale: 'de_DE.UTF-8', keyboard: 'us(intl)', timezone: 'Asia/Tokyo' };
    const answer = await world.daemon.ask('POST', WORKSPACES, make('chosen', parameters));
    equal(answer.status, 201, answer.text);
    const page = await world.browser.context.newPage();
    await eventually('it runs', async () => {
      const { status } = (await world.daemon.ask('GET', `${WORKSPACES}/chosen`)).json();
      return status?.phase === 'Running';
    }, 120_000);
    await page.setViewportSize({ width: 640, height: 400 });
    await page.goto(host('chosen'));
    await settle(page);
    await page.locator('[data-screen="open"]').waitFor({ timeout: 60_000 });
    const seen = await eventually('the screen is there', () => look(page));
    equal([seen.width, seen.height], [1280, 720], 'its size');
    equal(await page.title(), 'Fest', 'the title');
    const { width } = await page.locator('.screen canvas').boundingBox();
    check(width <= 640, `it is shown ${width} points wide`);
    const layout = await inside('setxkbmap -query | tr -s " "', 'chosen');
    check(/layout: us\nvariant: intl/.test(layout), layout);
    const said = await inside('tr "\\0" "\\n" < /proc/$(pgrep -x xfce4-session)/environ > /tmp/env; . /tmp/env; export LANG LOCPATH; TZ=$TZ date -d @0 "+%A %H"; grep ^LANG /tmp/env', 'chosen');
    equal(said, 'Donnerstag 09\nLANG=de_DE.UTF-8', 'its language and clock');
    await page.close();
    const { code, output } = await world.daemon.run('delete', 'desk', 'chosen', '--wait=60');
    equal(code, 0, output);
  }, { timeoutMs: 240_000 });
}
