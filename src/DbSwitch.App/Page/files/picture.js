// The picture: clients, each proxy, the targets, and the ways between them.

import { took } from './clock.js';
import { element, icon, Rows, setAttribute, setIcon, setText, show } from './dom.js';
import { text } from './strings.js';
import { wires } from './wires.js';

const PROBE_ICON = { healthy: 'check', unhealthy: 'cross', unknown: 'question', none: 'question' };
const GUARD_ICON = { passed: 'check', failed: 'cross', unknown: 'question' };

/** Whether who comes to the selected target gets no answer, or can't write. */
const isBroken = (view) => view.running === null && (view.clients.state === 'not-served' || view.clients.state === 'read-only');

/** How a proxy's way to a target is: lit (clients go there), broken (and get no answer), held, next, draining, off, unknown. */
export function wayOf(view, proxy, target) {
    const server = proxy.servers.find((s) => s.target === target.name);
    if (proxy.state === 'unknown') {
        return 'unknown';
    }
    if (server?.state === 'ready' && target.selected && isBroken(view)) {
        return 'broken';
    }
    if (server?.state === 'ready') {
        return target.selected && view.hold === null ? 'lit' : target.selected ? 'held' : 'draining';
    }
    if (view.running?.to === target.name) {
        return 'next';
    }
    return target.selected && view.hold !== null ? 'held' : server?.state === 'maintenance' ? 'draining' : 'off';
}

/** How the clients' way to a proxy is. */
export function entryOf(view, proxy) {
    return proxy.state === 'unknown' ? 'unknown'
        : isBroken(view) ? 'broken'
        : view.hold !== null || proxy.waiting > 0 ? 'held'
        : proxy.servers.some((s) => s.state === 'ready') ? 'lit' : 'off';
}

/** What some of the ways have to do together; an empty line while that is not known, so that nothing moves when it is. */
function loadLine() {
    const node = element('p', { class: 'sub load' });
    return {
        node,
        update(loads) {
            const sum = (field) => loads.reduce((n, l) => n + l[field], 0);
            setText(node, loads.length > 0 ? text.load(sum('sessions'), sum('newPerSecond')) : '');
        },
    };
}

function clientsCard() {
    const waiting = element('p', { class: 'sub' });
    const node = element('div', { class: 'card clients', 'data-node': 'clients' },
        element('div', { class: 'people', 'aria-hidden': 'true' }, element('i'), element('i'), element('i')),
        element('div', {}, element('h3', {}, text.clients), waiting));
    return {
        node,
        update(view) {
            const known = view.proxies.filter((p) => p.waiting !== null);
            const sum = known.reduce((n, p) => n + p.waiting, 0);
            setText(waiting, sum > 0 ? text.waiting(sum) : view.proxies.some((p) => p.state === 'unknown') ? text.waitingUnknown : known.length === 0 ? text.noHold : text.nobodyWaits);
            setAttribute(node, 'data-waiting', sum > 0);
            setAttribute(node, 'data-broken', isBroken(view) || view.clients.state === 'unknown');
        },
    };
}

function proxyCard(name) {
    const state = element('span', { class: 'chip' });
    const facts = element('p', { class: 'sub' });
    const doing = element('p', { class: 'doing' });
    const waiting = element('span', { class: 'waiting' });
    const withheld = element('p', { class: 'sub withheld' });
    const load = loadLine();
    const node = element('li', { class: 'card proxy', 'data-node': `proxy ${name}` },
        element('div', { class: 'card-top' }, element('h3', {}, name), state), facts, element('div', { class: 'doing-row' }, doing, waiting), load.node, withheld);
    return {
        node,
        update({ proxy, loads }) {
            load.update(loads.filter((l) => l.proxy === name));
            setText(state, text.proxyState[proxy.state] ?? proxy.state);
            setAttribute(state, 'data-state', proxy.state);
            const old = proxy.oldWorkers.length;
            setText(facts, [proxy.version ? text.haproxy(/^[\d.]*/.exec(proxy.version)[0]) : text.unknownVersion, proxy.pid && text.process(proxy.pid), old && text.oldWorkers(old)].filter(Boolean).join(' · '));
            setText(doing, proxy.state === 'unknown' ? text.servesUnknown : text.serves(proxy.servers.filter((s) => s.state === 'ready').map((s) => s.target ?? s.name)));
            setText(waiting, proxy.state === 'unknown' ? text.waitingUnknown : proxy.waiting === null ? text.noHold : proxy.waiting === 0 ? text.nobodyWaits : text.someWait(proxy.waiting));
            setAttribute(waiting, 'data-waiting', proxy.waiting > 0);
            show(withheld, proxy.withheld.length > 0);
            setText(withheld, proxy.withheld.map(text.withheld).join('; '));
        },
    };
}

function guardRow() {
    const mark = icon('check');
    const words = element('span');
    const verdict = element('span', { class: 'aloud' });
    const node = element('li', {}, mark, element('span', {}, words, verdict));
    return {
        node,
        update(guard) {
            setAttribute(node, 'data-verdict', guard.verdict);
            setIcon(mark, GUARD_ICON[guard.verdict]);
            setText(words, guard.words);
            setText(verdict, `: ${text.guardVerdict[guard.verdict]}`);
        },
    };
}

/** The guards of a target, kept as they change; used by the dialog too. */
export function guardList() {
    const node = element('ul', { class: 'guards', 'aria-label': text.guards });
    const rows = new Rows(node, guardRow);
    return { node, update: (guards) => rows.update(guards, (g) => g.name) };
}

function targetCard(name, select) {
    const state = element('span', { class: 'chip' });
    const address = element('p', { class: 'sub address' });
    const mark = icon('question');
    const said = element('span');
    const probeTook = element('span', { class: 'sub' });
    const probe = element('p', { class: 'probe' }, mark, element('span', {}, said, ' ', probeTook));
    const guards = guardList();
    const load = loadLine();
    const button = element('button', { type: 'button', class: 'send', 'aria-label': text.sendHereTo(name), on: { click: () => select(name) } }, text.sendHere);
    const node = element('li', { class: 'card target', 'data-node': `target ${name}` },
        element('div', { class: 'card-top' }, element('h3', {}, name), state), address, load.node, probe, guards.node, element('div', { class: 'card-end' }, button));
    return {
        node,
        update({ view, target, loads, mayChange }) {
            load.update(loads.filter((l) => l.target === name));
            const ways = view.proxies.map((p) => wayOf(view, p, target));
            const isServed = ways.includes('lit');
            const word = target.selected ? (view.hold ? 'held' : isServed || view.running !== null ? 'lit' : 'broken') : view.running?.to === name ? 'next' : ways.includes('draining') ? 'draining' : 'off';
            setAttribute(node, 'data-way', word);
            setText(state, { lit: text.selected, broken: view.clients.state === 'read-only' ? text.selectedReadOnly : text.selectedBroken, held: text.selectedHeld, next: text.comingNext, draining: text.notFenced, off: text.notSelected }[word]);
            setAttribute(state, 'data-state', word);
            setText(address, text.resolved(target.address, target.resolvedAddress));
            const p = target.probe;
            const health = p?.state ?? 'none';
            setAttribute(probe, 'data-state', health);
            setIcon(mark, PROBE_ICON[health]);
            setText(said, target.problem ?? p?.reason ?? (p?.summary || (target.isOutdated ? text.askedAgain : text.probe[health])));
            setText(probeTook, p?.milliseconds == null ? '' : text.probeTook(took(p.milliseconds)));
            // What the line above says already is not said twice.
            guards.update(target.guards.filter((g) => !(g.name === 'reachable' && health === 'healthy')));
            button.disabled = !mayChange || target.selected || view.running !== null || view.pause !== null;
            show(button.parentNode, !target.selected);
        },
    };
}

export function picture({ select }) {
    const clients = clientsCard();
    const proxies = element('ul', { class: 'column proxies', 'aria-label': text.proxies });
    const targets = element('ul', { class: 'column targets', 'aria-label': text.targets });
    const proxyRows = new Rows(proxies, proxyCard);
    const targetRows = new Rows(targets, (name) => targetCard(name, select));
    const node = element('section', { class: 'picture', 'aria-label': text.picture }, element('div', { class: 'column' }, clients.node), proxies, targets);
    const lines = wires(node);
    return {
        node,
        update({ current: view, loads: all, mayChange }) {
            if (!view) {
                return;
            }
            const answering = view.proxies.filter((p) => p.state !== 'unknown').map((p) => p.name);
            const loads = (all.get(view.name) ?? []).filter((l) => answering.includes(l.proxy));
            clients.update(view);
            proxyRows.update(view.proxies.map((proxy) => ({ proxy, loads })), (p) => p.proxy.name);
            targetRows.update(view.targets.map((target) => ({ view, target, loads, mayChange })), (t) => t.target.name);
            lines.update([
                ...view.proxies.map((p) => ({ from: 'clients', to: `proxy ${p.name}`, way: entryOf(view, p) })),
                ...view.proxies.flatMap((p) => view.targets.map((t) => ({ from: `proxy ${p.name}`, to: `target ${t.name}`, way: wayOf(view, p, t) }))),
            ]);
        },
    };
}
