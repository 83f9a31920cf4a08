// Asks the manager's API. The token is kept for this tab only.

const KEY = 'dbswitch-token';

/** What the manager refuses, in its own words (RFC 9457). */
export class Problem extends Error {
    constructor(status, type, detail, current) {
        super(detail);
        this.status = status;
        this.type = type;
        this.current = current;
    }
}

/** The manager did not answer at all. */
export class Unreachable extends Error {}

export function token() {
    return sessionStorage.getItem(KEY);
}

export function setToken(value) {
    if (value) {
        sessionStorage.setItem(KEY, value);
    } else {
        sessionStorage.removeItem(KEY);
    }
}

/** Takes the token out of …/#token=…, so that it is in no bookmark, no history and no screenshot. Tells whether there was one. */
export function takeTokenFromAddress() {
    const found = /^#token=([^&]+)$/.exec(location.hash);
    if (found) {
        setToken(decodeURIComponent(found[1]));
        history.replaceState(null, '', location.pathname + location.search);
    }
    return Boolean(found);
}

export function headers(more = {}) {
    return token() ? { ...more, Authorization: `Bearer ${token()}` } : more;
}

/** The problem that an answer is. */
export async function problemOf(response) {
    const body = await response.json().catch(() => ({}));
    return new Problem(response.status, body.type ?? '', body.detail ?? `${response.status} ${response.statusText}`, body.current);
}

async function ask(method, path, body, more) {
    let response;
    try {
        response = await fetch(`/api/v1${path}`, {
            method,
            headers: headers(body === undefined ? more : { ...more, 'Content-Type': 'application/json' }),
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch (e) {
        throw new Unreachable(e.message);
    }
    if (!response.ok) {
        throw await problemOf(response);
    }
    return response.json();
}

const part = encodeURIComponent;

// crypto.randomUUID is there on secure origins only; plain HTTP in a private network is none.
function newKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

export const api = {
    caller: () => ask('GET', '/caller'),
    history: (name) => ask('GET', `/switches/${part(name)}/history?limit=12`),
    switchover: (name, id) => ask('GET', `/switches/${part(name)}/switchovers/${id}`),
    foresee: (name, body) => ask('POST', `/switches/${part(name)}/switchovers`, { ...body, dryRun: true }),
    select: (name, body) => ask('POST', `/switches/${part(name)}/switchovers`, body, { 'Idempotency-Key': newKey() }),
    abort: (name, id) => ask('DELETE', `/switches/${part(name)}/switchovers/${id}`),
    hold: (name, body) => ask('POST', `/switches/${part(name)}/hold`, body),
    release: (name) => ask('POST', `/switches/${part(name)}/release`, {}),
    pause: (name, body) => ask('POST', `/switches/${part(name)}/pause`, body),
    resume: (name) => ask('POST', `/switches/${part(name)}/resume`, {}),
};
