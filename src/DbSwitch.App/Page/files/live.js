// Listens to what happens (GET /api/v1/events) for as long as the page is open. EventSource can't send a token, so the stream is read here.

import { headers, problemOf } from './api.js';
import { setClock } from './clock.js';

const COME_BACK = 1000;
// The manager says something at least every 15 s.
const SILENCE = 20000;
// A browser has six connections for one server: a tab that nobody sees gives its own back.
const HIDDEN = 10000;

export class Live {
    #tell;
    #lastId = null;
    #abort = null;
    #wake = null;
    #soon = false;

    /** @param tell what to do: { event(kind, data), up(), down(), denied(problem) }; denied stops the listening until `again`, unless it says (true) that it is worth another try at once. */
    constructor(tell) {
        this.#tell = tell;
        let hiding;
        document.addEventListener('visibilitychange', () => {
            clearTimeout(hiding);
            if (document.hidden) {
                hiding = setTimeout(() => this.#abort?.abort(), HIDDEN);
            } else {
                this.#wake?.();
            }
        });
        addEventListener('online', () => this.#wake?.());
        this.#run();
    }

    /** Begins anew, with the token of now. */
    again() {
        this.#lastId = null;
        this.#soon = true;
        this.#abort?.abort();
        this.#wake?.();
    }

    async #run() {
        for (;;) {
            this.#abort = new AbortController();
            let problem = null;
            try {
                problem = await this.#listen(this.#abort);
            } catch {
                // The connection ended, or never began; which of both is the same to who looks.
            }
            const isDenied = problem !== null && (problem.status === 401 || problem.status === 403);
            if (this.#soon) {
                this.#soon = false;
                continue;
            }
            if (isDenied) {
                if (this.#tell.denied(problem)) {
                    continue;
                }
            } else {
                this.#tell.down();
            }
            await new Promise((resolve) => {
                this.#wake = resolve;
                if (!isDenied && !document.hidden) {
                    setTimeout(resolve, COME_BACK);
                }
            });
            this.#wake = null;
        }
    }

    async #listen(abort) {
        let watchdog = setTimeout(() => abort.abort(), SILENCE);
        try {
            const response = await fetch('/api/v1/events', { headers: headers(this.#lastId ? { 'Last-Event-ID': this.#lastId } : {}), signal: abort.signal, cache: 'no-store' });
            if (!response.ok) {
                return await problemOf(response);
            }
            setClock(response.headers.get('Date'));
            const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
            this.#tell.up();
            let text = '';
            for (;;) {
                const { done, value } = await reader.read();
                if (done) {
                    return null;
                }
                clearTimeout(watchdog);
                watchdog = setTimeout(() => abort.abort(), SILENCE);
                const frames = (text + value).split('\n\n');
                text = frames.pop();
                frames.forEach((frame) => this.#take(frame));
            }
        } finally {
            clearTimeout(watchdog);
        }
    }

    #take(frame) {
        const fields = Object.fromEntries(frame.split('\n').filter((line) => !line.startsWith(':')).map((line) => {
            const colon = line.indexOf(': ');
            return [line.slice(0, colon), line.slice(colon + 2)];
        }));
        if (fields.data !== undefined) {
            this.#tell.event(fields.event, JSON.parse(fields.data));
        }
        if (fields.id !== undefined) {
            this.#lastId = fields.id;
        }
    }
}
