import type { Answer, Standing } from './line';

/** Asks where the session stands; `start` has it begin anew if it has ended. */
export async function ask(start: boolean): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch('/session', {
      method: start ? 'POST' : 'GET',
      headers: { accept: 'application/json' },
      cache: 'no-store',
      redirect: 'manual',
    });
  } catch {
    return { kind: 'unreachable', why: 'Toft does not answer.' };
  }
  if (response.type === 'opaqueredirect' || response.status === 401) return { kind: 'signed-out' };
  if (response.status === 404)
    return { kind: 'unreachable', why: 'This workspace is not there, or not shared with you.' };
  if (!response.ok) return { kind: 'unreachable', why: 'The workspace does not answer; it may be stopped.' };
  try {
    return { kind: 'standing', standing: (await response.json()) as Standing };
  } catch {
    return { kind: 'unreachable', why: 'The workspace answered something else.' };
  }
}
