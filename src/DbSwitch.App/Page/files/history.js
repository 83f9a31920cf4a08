// The latest switchovers, and what each phase of them took.

import { moment, took } from './clock.js';
import { element, icon } from './dom.js';
import { bar, legend } from './phases.js';
import { text } from './strings.js';

const ICON = { succeeded: 'check', 'rolled-back': 'move', partial: 'alert', running: 'arrow' };

function detail(one) {
    const report = one.report;
    const lines = [
        one.message,
        report && text.cost(report) + (report.longestWaitMilliseconds ? `; ${text.longestWait(took(report.longestWaitMilliseconds))}` : ''),
        report && report.phases.map((p) => text.phaseTook(text.phase[p.phase], took(p.milliseconds))).join(' · '),
        ...(report?.notes ?? []),
        one.waivers && text.waivers(one.waivers),
        report && report.notHeld.length > 0 && text.notHeld(report.notHeld),
    ];
    return lines.filter(Boolean).map((line) => element('p', {}, line));
}

function row(one, longest) {
    const time = one.report ? took(one.report.milliseconds) : '';
    return element('li', {}, element('details', { class: 'past', 'data-result': one.result },
        element('summary', {},
            element('span', { class: 'past-result' }, icon(ICON[one.result]), element('span', {}, text.result[one.result])),
            element('span', { class: 'past-way' }, element('span', {}, one.from ?? text.none), icon('arrow'), element('strong', {}, one.to ?? text.none)),
            element('span', { class: 'past-why' }, text.byAndWhy(one.by, one.reason)),
            element('span', { class: 'past-chart' }, one.report ? bar(one.report.phases, longest) : ''),
            element('span', { class: 'past-took' }, time),
            element('time', { class: 'past-when', datetime: one.started }, moment(one.started))),
        element('div', { class: 'past-detail' }, ...detail(one))));
}

export function history() {
    const rows = element('ol', { class: 'pasts' });
    const colours = element('div');
    const node = element('section', { class: 'history', 'aria-labelledby': 'history-title' },
        element('div', { class: 'history-top' }, element('h2', { id: 'history-title' }, text.history), colours),
        rows);
    let shown = null;
    return {
        node,
        update({ current, histories }) {
            const past = histories.get(current?.name) ?? null;
            if (past === shown) {
                return;
            }
            shown = past;
            const open = new Set([...rows.querySelectorAll('details[open]')].map((d) => d.parentNode.dataset.id));
            const reports = (past ?? []).flatMap((p) => (p.report ? [p.report] : []));
            const longest = Math.max(1, ...reports.map((r) => r.phases.reduce((sum, p) => sum + p.milliseconds, 0)));
            rows.replaceChildren(...(past ?? []).map((one) => {
                const item = row(one, longest);
                item.dataset.id = one.id;
                item.firstChild.open = open.has(String(one.id));
                return item;
            }));
            if (past?.length === 0) {
                rows.append(element('li', { class: 'nothing' }, text.noHistory));
            }
            colours.replaceChildren(legend(new Set(reports.flatMap((r) => r.phases.map((p) => p.phase)))));
        },
    };
}
