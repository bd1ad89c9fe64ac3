// What scripts say to people, in the page's language: English as it stands here, else as the page translates it.
'use strict';
{
    const said = new Map([...document.querySelectorAll('#words dt')].map((one) => [one.textContent, one.nextElementSibling.textContent]));
    const rules = new Intl.PluralRules(document.documentElement.lang || 'en');

    // Each {} stands for the next value.
    globalThis.inWords = (text, ...values) => (said.get(text) ?? text).replace(/\{\}/g, () => values.shift());
    globalThis.countedInWords = (number, one, many) => inWords(rules.select(number) === 'one' ? one : many, number);
}
