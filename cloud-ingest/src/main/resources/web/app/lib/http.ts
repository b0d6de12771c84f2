// Requests to the HTTP API. Every failure is an ApiError that says what was wrong and what to do.

export interface Page<T> {
  items: T[];
  next: string | null;
}

const BASE = '/api/v1';
/** What changes something has to bring it: no other site can send it. Its value does not matter. */
const OWN_REQUEST = { 'Tidemark-Request': 'pages' };
const REQUEST_TIMEOUT_MS = 15_000;
const PAGE_MAX_ITEMS = 1000;
const PAGES_MAX_COUNT = 50;

/** What went wrong with a request: nobody answered, or the answer was a problem. */
export class ApiError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'problem',
    readonly status: number,
    message: string,
    /** The field or parameter that was wrong, if one was; else empty. */
    readonly parameter = '',
  ) {
    super(message);
  }

  /** Whether it is about what was asked (4xx): the same is answered again. Else it is about who was asked, and may pass. */
  get isRefusal(): boolean {
    return this.status >= 400 && this.status < 500;
  }
}

/** What was said of a failure. */
export function messageOf(cause: unknown): string {
  return cause instanceof ApiError ? cause.message : String(cause);
}

/** Everything a list has, page by page. */
export async function all<T>(path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX_COUNT; page++) {
    const query = new URLSearchParams({ limit: String(PAGE_MAX_ITEMS) });
    if (cursor !== null) query.set('cursor', cursor);
    const part: Page<T> = await get(`${path}?${query}`, signal);
    items.push(...part.items);
    cursor = part.next ?? null;
    if (cursor === null) break;
  }
  return items;
}

/** Asks for what is at a path of the API. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await request('GET', path, {}, signal)).json()) as T;
}

/** Something that several people may change, in the version that its ETag names. */
export interface Tagged<T> {
  content: T;
  etag: string;
}

/** Asks for what is at a path, to change it. */
export async function getTagged<T>(path: string, signal?: AbortSignal): Promise<Tagged<T>> {
  return tagged(await request('GET', path, {}, signal));
}

/** Replaces what is at a path if it still has this ETag. */
export async function putTagged<T>(path: string, content: T, etag: string): Promise<Tagged<T>> {
  return tagged(await send('PUT', path, content, { 'If-Match': etag }));
}

async function tagged<T>(response: Response): Promise<Tagged<T>> {
  return { content: (await response.json()) as T, etag: response.headers.get('ETag') ?? '' };
}

/**
 * Has something changed; answers with the whole response.
 *
 * @param body what is sent as JSON; null for nothing
 * @param headers If-Match and the like
 */
export function send(method: 'POST' | 'PUT' | 'DELETE', path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const typed = body === null ? headers : { ...headers, 'Content-Type': 'application/json' };
  return request(method, path, { headers: typed, body: body === null ? null : JSON.stringify(body) });
}

async function request(method: string, path: string, init: { headers?: Record<string, string>; body?: string | null }, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers: { Accept: 'application/json, application/problem+json', ...(method === 'GET' ? {} : OWN_REQUEST), ...init.headers },
      body: init.body ?? null,
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('unreachable', 0, timeout.aborted ? 'Ingest does not answer.' : 'Ingest cannot be reached.');
  }
  if (response.status === 401) window.dispatchEvent(new Event('session-lost'));
  if (!response.ok) throw await problem(response);
  return response;
}

async function problem(response: Response): Promise<ApiError> {
  let said = '';
  let parameter = '';
  try {
    const body = (await response.json()) as { title?: string; detail?: string; parameter?: string };
    said = body.detail ?? body.title ?? '';
    parameter = body.parameter ?? '';
  } catch {
    // Not a problem document: the status is all there is to say.
  }
  const kind = response.status === 502 || response.status === 504 ? 'unreachable' : 'problem';
  return new ApiError(kind, response.status, said || `Ingest answered ${response.status} ${response.statusText}`.trim() + '.', parameter);
}
