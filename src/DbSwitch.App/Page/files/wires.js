// The ways between the cards of the picture, drawn behind them: side by side on a wide page, along a rail at the left on a narrow one.

import { Rows, setAttribute, svg } from './dom.js';

// Ways that matter are drawn over those that don't.
const ORDER = ['off', 'unknown', 'draining', 'next', 'held', 'lit'];
const RAIL = 14;
// The dot at the end stands before the card, not behind it.
const DOT = 4;

function wire() {
    const base = svg('path', { class: 'wire' });
    const flow = svg('path', { class: 'flow' });
    const end = svg('circle', { class: 'wire-end', r: 4 });
    const node = svg('g', {}, base, flow, end);
    return {
        node,
        update({ way, line, x, y }) {
            setAttribute(node, 'data-way', way);
            setAttribute(base, 'd', line);
            setAttribute(flow, 'd', line);
            setAttribute(end, 'cx', x);
            setAttribute(end, 'cy', y);
        },
    };
}

function sideBySide(a, b) {
    const [x1, y1, x2, y2] = [a.right, (a.top + a.bottom) / 2, b.left - DOT, (b.top + b.bottom) / 2];
    const half = (x2 - x1) / 2;
    return { line: `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`, x: x2, y: y2 };
}

function alongTheRail(a, b) {
    const x = Math.min(a.left, b.left) - RAIL;
    const [y1, y2] = [(a.top + a.bottom) / 2, (b.top + b.bottom) / 2];
    const r = Math.min(RAIL, Math.abs(y2 - y1) / 2);
    return { line: `M${a.left} ${y1}H${x + r}Q${x} ${y1} ${x} ${y1 + r}V${y2 - r}Q${x} ${y2} ${x + r} ${y2}H${b.left - DOT}`, x: b.left - DOT, y: y2 };
}

export function wires(picture) {
    const node = svg('svg', { class: 'wires', 'aria-hidden': 'true' });
    picture.prepend(node);
    const rows = new Rows(node, wire);
    let links = [];

    const boxOf = (name, origin) => {
        const card = picture.querySelector(`[data-node="${CSS.escape(name)}"]`);
        const box = card.getBoundingClientRect();
        const round = Math.round;
        return { left: round(box.left - origin.left), right: round(box.right - origin.left), top: round(box.top - origin.top), bottom: round(box.bottom - origin.top) };
    };

    function draw() {
        const origin = picture.getBoundingClientRect();
        if (origin.width === 0) {
            return;
        }
        setAttribute(node, 'viewBox', `0 0 ${Math.round(origin.width)} ${Math.round(origin.height)}`);
        const drawn = links.map((link) => {
            const [a, b] = [boxOf(link.from, origin), boxOf(link.to, origin)];
            return { ...link, ...(b.left >= a.right ? sideBySide(a, b) : alongTheRail(a, b)) };
        });
        rows.update(drawn.toSorted((a, b) => ORDER.indexOf(a.way) - ORDER.indexOf(b.way)), (l) => `${l.from}>${l.to}`);
    }

    const resized = new ResizeObserver(draw);
    resized.observe(picture);
    return {
        update(wanted) {
            links = wanted;
            draw();
        },
    };
}
