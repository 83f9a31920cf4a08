// Time as people read it, by the manager's clock: the browser's own may be wrong.

let offset = 0;

/** Takes the manager's time from the Date header of an answer, which knows whole seconds. */
export function setClock(dateHeader) {
    const difference = Date.parse(dateHeader ?? '') - Date.now();
    offset = Number.isFinite(difference) && Math.abs(difference) > 2000 ? difference : 0;
}

export function now() {
    return Date.now() + offset;
}

const two = (n) => String(n).padStart(2, '0');

/** 13:31:07 of today, 2026-11-22 13:31 of another day. */
export function moment(iso) {
    const at = new Date(iso);
    const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
    return at.toDateString() === new Date(now()).toDateString() ? `${time}:${two(at.getSeconds())}` : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** 42 s, 5 min, 3 h 20 min, 12 days. */
export function span(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    return seconds < 60 ? `${seconds} s`
        : minutes < 60 ? `${minutes} min`
        : hours < 48 ? `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`
        : `${Math.floor(hours / 24)} days`;
}

/** How long something that is measured took: 0.8 ms, 12 ms, 1.24 s, 2 min 5 s. */
export function took(milliseconds) {
    return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms`
        : milliseconds < 1000 ? `${Math.round(milliseconds)} ms`
        : milliseconds < 60000 ? `${(milliseconds / 1000).toFixed(milliseconds < 10000 ? 2 : 1)} s`
        : `${Math.floor(milliseconds / 60000)} min ${Math.round((milliseconds % 60000) / 1000)} s`;
}

/** What is left until a time, in whole seconds that end with 0. */
export function secondsUntil(iso) {
    return Math.max(0, Math.ceil((Date.parse(iso) - now()) / 1000));
}

export function since(iso) {
    return now() - Date.parse(iso);
}
