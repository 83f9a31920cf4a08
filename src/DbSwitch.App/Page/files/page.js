// Puts the page together: one state, filled by the event stream, shown by its parts.

import { api, setToken, takeTokenFromAddress, token } from './api.js';
import { askHold, askPause, askToken } from './change-dialogs.js';
import { now } from './clock.js';
import { element, setAttribute, setText } from './dom.js';
import { headline, headlineOf } from './headline.js';
import { history } from './history.js';
import { Live } from './live.js';
import { notices } from './notices.js';
import { picture } from './picture.js';
import { text } from './strings.js';
import { switchDialog } from './switch-dialog.js';
import { topbar } from './topbar.js';

const SAID_FOR = 10000;

takeTokenFromAddress();

const state = {
    // connecting, up, down, denied
    link: 'connecting',
    linkSince: null,
    denied: null,
    caller: null,
    hasToken: token() !== null,
    switches: new Map(),
    chosen: null,
    // What the targets have to do, by switch: [{ proxy, target, sessions, newPerSecond }]
    loads: new Map(),
    histories: new Map(),
    // 'SWITCH ID' to the latest of each switchover
    switchovers: new Map(),
    get current() {
        return this.switches.get(this.chosen) ?? this.switches.values().next().value ?? null;
    },
    get mayChange() {
        return this.link === 'up' && this.caller?.role === 'operator';
    },
};

const aloud = element('p', { class: 'aloud', role: 'status' });
const toast = element('p', { class: 'toast', role: 'status' });
let dialog = null;
let forgetting;

const announce = (words) => setText(aloud, words);

function say(words) {
    setText(toast, words);
    setAttribute(toast, 'data-shown', true);
    clearTimeout(forgetting);
    forgetting = setTimeout(() => setAttribute(toast, 'data-shown', false), SAID_FOR);
}

const complaining = (act) => async (...given) => {
    try {
        await act(...given);
    } catch (e) {
        say(e.message || text.unreachable);
    }
};

const onCurrent = (act) => complaining((...given) => act(state.current.name, ...given));

function openSwitch(name, target) {
    dialog = switchDialog(name, target, () => state, { announce });
}

async function learnCaller() {
    state.caller = await api.caller().catch(() => null);
    render();
}

function useToken(value) {
    setToken(value);
    state.hasToken = token() !== null;
    state.caller = null;
    live.again();
    render();
}

const parts = [
    topbar({
        choose: (name) => {
            state.chosen = name;
            learnHistory(name);
            render();
        },
        enterToken: () => askToken(useToken),
        forgetToken: () => useToken(null),
    }),
    headline({
        hold: onCurrent((name) => askHold(name, say)),
        pause: onCurrent((name) => askPause(name, say)),
        selectNone: onCurrent((name) => openSwitch(name, null)),
    }),
    notices({
        release: onCurrent(async (name) => say((await api.release(name)).message)),
        resume: onCurrent(async (name) => {
            const { message, details } = await api.resume(name);
            say([message, ...details].join(' '));
        }),
        abort: onCurrent(async (name, id) => say((await api.abort(name, id)).message)),
    }),
    picture({ select: onCurrent(openSwitch) }),
    history(),
];

const [top, head, notice, drawing, past] = parts.map((p) => p.node);
document.body.append(top, element('main', {}, element('div', { class: 'now' }, head, notice), drawing, past), toast, aloud);

let isDue = false;

function render() {
    if (!isDue) {
        isDue = true;
        requestAnimationFrame(() => {
            isDue = false;
            setAttribute(document.documentElement, 'data-link', state.link);
            setAttribute(document.documentElement, 'data-known', state.current !== null);
            parts.forEach((part) => part.update(state));
            const words = state.current ? headlineOf(state.current).join('') : '';
            document.title = words ? text.title(words) : text.product;
        });
    }
    if (dialog?.isOpen) {
        dialog.update();
    }
}

async function learnHistory(name) {
    const found = await api.history(name).catch(() => null);
    if (found) {
        state.histories.set(name, found);
        found.forEach((one) => state.switchovers.set(`${name} ${one.id}`, one));
        render();
    }
}

function takeSwitch(view) {
    const before = state.switches.get(view.name);
    state.switches.set(view.name, view);
    if (before === undefined && view.name === state.current.name) {
        learnHistory(view.name);
    }
    if (before && view.name === state.current.name) {
        const [was, is] = [headlineOf(before).join(''), headlineOf(view).join('')];
        const news = [was !== is ? is : null, ...view.problems.filter((p) => !before.problems.includes(p))].filter(Boolean);
        if (news.length > 0) {
            announce(news.join('. '));
        }
    }
}

const live = new Live({
    event(kind, data) {
        if (kind === 'switch') {
            takeSwitch(data);
        } else if (kind === 'switchover') {
            state.switchovers.set(`${data.switch} ${data.id}`, data);
            if (data.ended) {
                learnHistory(data.switch);
            }
        } else if (kind === 'load') {
            state.loads.set(data.switch, data.targets);
        } else if (kind === 'reset') {
            state.switches.clear();
            state.loads.clear();
        }
        render();
    },
    up() {
        if (state.link === 'down') {
            announce(text.saidBack);
            [...state.histories.keys()].forEach(learnHistory);
        }
        Object.assign(state, { link: 'up', linkSince: null, denied: null });
        learnCaller();
        dialog?.managerIsBack();
        render();
    },
    down() {
        if (state.link === 'up') {
            Object.assign(state, { linkSince: new Date(now()).toISOString() });
            announce(text.saidLost);
        }
        state.link = 'down';
        // A number of before says nothing.
        state.loads.clear();
        render();
    },
    denied(problem) {
        state.caller = null;
        if (state.hasToken) {
            // Who may look without a token goes on looking.
            setToken(null);
            state.hasToken = false;
            say(text.tokenRefused(problem.message));
            return true;
        }
        Object.assign(state, { link: 'denied', denied: problem.message });
        askToken(useToken, problem.message);
        render();
        return false;
    },
});

// A token may also be given to a page that is open already.
addEventListener('hashchange', () => {
    if (takeTokenFromAddress()) {
        useToken(token());
    }
});

// Times go on: how long ago, how much of a hold is left.
setInterval(render, 1000);
