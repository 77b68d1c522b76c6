// Looking at a desktop as it is painted in the page.
import { check, eventually } from './check.mjs';

/** The canvas that the screen is drawn into: its size and some of its points. */
export function look(page, points = []) {
  return page.evaluate((points) => {
    const canvas = document.querySelector('.screen canvas');
    if (!canvas || canvas.width === 0) return undefined;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const at = (x, y) => [...data.slice((y * canvas.width + x) * 4, (y * canvas.width + x) * 4 + 3)];
    const colours = new Set();
    for (let y = 4; y < canvas.height; y += 16) for (let x = 4; x < canvas.width; x += 16) colours.add(at(x, y).join());
    return { width: canvas.width, height: canvas.height, colours: colours.size, points: points.map(([x, y]) => at(x, y)) };
  }, points);
}

/** Opens an address again when the browser gave up on a part of it because some network of this machine had changed. */
export async function settle(page) {
  await eventually('the page is there', async () => {
    if ((await page.locator('[data-screen]').count()) > 0) return true;
    await page.reload().catch(() => undefined);
    await page.locator('[data-screen]').waitFor({ timeout: 10_000 }).catch(() => undefined);
    return (await page.locator('[data-screen]').count()) > 0;
  }, 60_000);
}

/** Waits until wallpaper and panel are there, at the size of the window. */
export async function painted(page, timeoutMs = 60_000) {
  await page.locator('[data-screen="open"]').waitFor({ timeout: timeoutMs });
  const { width, height } = page.viewportSize();
  return eventually('the desktop is painted', async () => {
    const seen = await look(page, [[width - 150, height - 10], [width - 150, height - 80]]);
    if (!seen) return false;
    check(seen.width === width && seen.height === height, `the screen is ${seen.width}x${seen.height}`);
    const [panel, wallpaper] = seen.points;
    // A gradient has many colours; the panel is grey, the wallpaper above it green.
    const grey = Math.max(...panel) - Math.min(...panel) < 12;
    const green = wallpaper[1] > wallpaper[0] + 15 && wallpaper[1] > wallpaper[2] + 5;
    check(seen.colours > 40 && grey && green, `${seen.colours} colours, panel ${panel}, wallpaper ${wallpaper}`);
    return seen;
  }, timeoutMs);
}

/** Clicks a launcher of the panel, the first being 0. */
export async function launch(page, index) {
  await page.mouse.click(133 + 36 * index, page.viewportSize().height - 18);
}
