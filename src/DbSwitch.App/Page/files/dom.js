// Makes and keeps elements. Whatever comes from outside goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name === 'on') {
            for (const [event, handler] of Object.entries(value)) {
                node.addEventListener(event, handler);
            }
        } else {
            setAttribute(node, name, value);
        }
    }
    node.append(...children.filter((c) => c !== null && c !== undefined));
    return node;
}

/** An element; `on: { click }` are its listeners. */
export function element(name, attributes = {}, ...children) {
    return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Sets an attribute; false, null and undefined take it away, true is the empty one. Nothing is touched that is so already. */
export function setAttribute(node, name, value) {
    const text = value === true ? '' : value === false || value === null || value === undefined ? null : String(value);
    if (node.getAttribute(name) !== text) {
        if (text === null) {
            node.removeAttribute(name);
        } else {
            node.setAttribute(name, text);
        }
    }
}

export function setText(node, text) {
    if (node.textContent !== text) {
        node.textContent = text;
    }
}

/** Shows or hides; tells whether it is shown. */
export function show(node, visible) {
    if (node.hidden === Boolean(visible)) {
        node.hidden = !visible;
    }
    return Boolean(visible);
}

/**
 * Keeps one child for each item: nodes stay as long as their item's key does, so that focus and selection do. `make(key)` gives `{ node, update(item) }`.
 */
export class Rows {
    #parent;
    #make;
    #rows = new Map();

    constructor(parent, make) {
        this.#parent = parent;
        this.#make = make;
    }

    update(items, keyOf) {
        const keys = new Set(items.map(keyOf));
        for (const [key, row] of this.#rows) {
            if (!keys.has(key)) {
                row.node.remove();
                this.#rows.delete(key);
            }
        }
        items.forEach((item, i) => {
            const key = keyOf(item);
            if (!this.#rows.has(key)) {
                this.#rows.set(key, this.#make(key));
            }
            const row = this.#rows.get(key);
            row.update(item);
            if (this.#parent.children[i] !== row.node) {
                this.#parent.insertBefore(row.node, this.#parent.children[i] ?? null);
            }
        });
    }

    get(key) {
        return this.#rows.get(key);
    }
}

const ICONS = {
    check: 'M4 10.5l4 4 8-9',
    cross: 'M5 5l10 10M15 5L5 15',
    question: 'M7 7.5a3 3 0 1 1 4.4 2.6c-1 .6-1.4 1-1.4 2.2M10 15.6v.1',
    hold: 'M7 4v12M13 4v12',
    hands: 'M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14M5.5 14.5l9-9',
    alert: 'M10 3L18 16.5H2zM10 8v4M10 14.2v.1',
    arrow: 'M3 10h13M11 5l5 5-5 5',
    move: 'M3 7h12M11 3l4 4-4 4M17 13H5M9 9l-4 4 4 4',
    link: 'M4 4l12 12M3 10a9 9 0 0 1 3-4M17 10a9 9 0 0 0-5-4.7M7 12.5a4 4 0 0 1 3-1.3M10 15.8v.1',
};

/** A small drawing beside words that say the same. */
export function icon(name) {
    return svg('svg', { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] }));
}

export function setIcon(node, name) {
    setAttribute(node.firstElementChild, 'd', ICONS[name]);
}
