// A dialog: one at a time, closed by Escape, with the focus back where it was.

import { element, setText, show } from './dom.js';

let count = 0;

export class Dialog {
    #node;
    #title;
    #form;
    #error;

    /** @param submit called when the form is sent; a rejected promise is shown as a sentence. */
    constructor({ title, body, buttons, submit, wide = false }) {
        const id = `dialog-${++count}`;
        this.#title = element('h2', { id }, title);
        this.#error = element('p', { class: 'dialog-error', role: 'alert', hidden: true });
        this.#form = element('form', {
            novalidate: false, on: {
                submit: async (e) => {
                    e.preventDefault();
                    await this.#send(submit);
                },
            },
        }, this.#title, element('div', { class: 'dialog-body' }, ...body), this.#error, element('div', { class: 'dialog-buttons' }, ...buttons));
        this.#node = element('dialog', { 'aria-labelledby': id, class: wide ? 'wide' : '', on: { close: () => this.#node.remove() } }, this.#form);
    }

    get isOpen() {
        return this.#node.open;
    }

    onClose(handler) {
        this.#node.addEventListener('close', handler);
    }

    open() {
        document.body.append(this.#node);
        this.#node.showModal();
        return this;
    }

    close() {
        this.#node.close();
    }

    title(words) {
        setText(this.#title, words);
    }

    /** What is shown next does not make it smaller. */
    keepHeight() {
        this.#form.style.minHeight = `${this.#form.offsetHeight}px`;
    }

    error(words) {
        show(this.#error, words);
        setText(this.#error, words ?? '');
    }

    async #send(submit) {
        this.error(null);
        const buttons = [...this.#form.querySelectorAll('button[type=submit]')];
        buttons.forEach((b) => { b.disabled = true; });
        try {
            await submit();
        } catch (e) {
            this.error(e.message);
        } finally {
            buttons.forEach((b) => { b.disabled = false; });
        }
    }
}

/** A field with its label and what it is for. */
export function field(label, input, hint, unit) {
    const id = `field-${++count}`;
    input.id = id;
    const described = hint ? element('p', { class: 'hint', id: `${id}-hint` }, hint) : null;
    if (described) {
        input.setAttribute('aria-describedby', described.id);
    }
    return element('div', { class: 'field' }, element('label', { for: id }, label), element('div', { class: 'field-input' }, input, unit ? element('span', { class: 'unit' }, unit) : null), described);
}

export function textInput(attributes = {}) {
    return element('input', { type: 'text', maxlength: 500, autocomplete: 'off', ...attributes });
}

export function secondsInput(attributes) {
    return element('input', { type: 'number', min: 0, max: 3600, step: 'any', inputmode: 'decimal', ...attributes });
}

export function button(label, click, attributes = {}) {
    return element('button', { type: 'button', ...attributes, on: click ? { click } : {} }, label);
}
