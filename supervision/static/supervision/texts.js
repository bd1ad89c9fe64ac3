// The text a caller gets, while its answer is typed: how it reads, how long it is, what makes it cost double.
'use strict';
{
    const box = document.getElementById('answer'), shown = document.getElementById('count'), room = document.getElementById('preview');
    const said = document.getElementById('count-said');
    const REST = 1000;  // a reader of the screen hears the numbers when the hands rest, not at each key
    const DOTS = '...', GSM_7 = 'GSM-7', UCS_2 = 'UCS-2';

    // As supervision/segments.py and supervision/texts.py, whose tables and frame these are.
    const tables = room ? JSON.parse(room.dataset.tables) : null;
    const plain = (text) => [...text.normalize('NFC')].map((one) => tables.twins[one] ?? one).join('');

    function measure(text) {
        const characters = [...text];
        const costly = [...new Set(characters.filter((one) => !tables.basic.includes(one) && !tables.extension.includes(one)))];
        const alphabet = costly.length ? UCS_2 : GSM_7;
        const weigh = alphabet === UCS_2 ? (one) => one.length : (one) => tables.extension.includes(one) ? 2 : 1;
        const weights = characters.map(weigh), units = weights.reduce((sum, one) => sum + one, 0);
        const [alone, ofSeveral] = tables.room[alphabet];
        let segments = text ? 1 : 0, used = 0;
        if (units > alone) {
            for (const weight of weights) {
                if (used + weight > ofSeveral) { segments += 1; used = 0; }
                used += weight;
            }
        }
        return {characters: characters.length, units, segments, alphabet, costly};
    }

    function cut(question, length) {
        const characters = [...question];
        return characters.length <= length ? question
            : characters.slice(0, length - DOTS.length).join('').replace(/[ \u200d]+$/, '') + DOTS;
    }

    function fitted(answer) {
        const {frame, question, most, longest, least, marks} = tables;
        const first = Math.min([...question].length, longest), lengths = [first];
        for (let length = first - 1; length >= least; length -= 1) { lengths.push(length); }
        let text = '';
        for (const length of [...lengths, DOTS.length]) {
            const words = {[marks[0]]: cut(question, length), [marks[1]]: plain(answer)};
            text = frame.replace(new RegExp(`[${marks.join('')}]`, 'g'), (mark) => words[mark]).trim();
            if (measure(text).segments <= most) { break; }
        }
        return text;
    }

    // By how much an answer must be shortened until its text is none too long.
    function excess(answer) {
        const characters = [...answer];
        let fits = 0, over = characters.length;
        while (over - fits > 1) {
            const middle = Math.floor((fits + over) / 2);
            const isShort = measure(fitted(characters.slice(0, middle).join('').trim())).segments <= tables.most;
            if (isShort) { fits = middle; } else { over = middle; }
        }
        return characters.length - fits;
    }

    const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;

    function tell() {
        const length = [...box.value].length, limit = Number(box.dataset.limit);
        let words = countedInWords(length, '{} character', '{} characters'), isLate = length > limit;
        if (isLate && !room) { words += inWords('. {} characters are the limit: shorten it by {}', limit, length - limit); }
        if (room) {
            const answer = box.value.trim(), text = answer ? fitted(answer) : '', size = measure(text);
            room.hidden = !text;
            room.querySelector('.words').textContent = text;
            if (text) {
                words += inWords(', {} in all: {}', size.characters, countedInWords(size.segments, '{} text', '{} texts'));
                if (size.segments > tables.most) {
                    words += inWords('. At most {} are sent: shorten it by {}', tables.most, countedInWords(excess(answer), '{} character', '{} characters'));
                    isLate = true;
                } else if (isLate) {
                    words += inWords('. {} characters are the limit: shorten it by {}', limit, length - limit);
                }
                if (size.costly.length > tables.named) { words += inWords('. In this alphabet a text holds less than half'); }
                else if (size.costly.length) { words += inWords('. These cost double: {}', size.costly.join(' ')); }
            }
        }
        shown.textContent = words;
        shown.classList.toggle('late', isLate);
    }

    if (box && shown) {
        let rest = null;
        tell();
        box.addEventListener('input', () => {
            tell();
            if (document.activeElement === box && box.offsetHeight < innerHeight / 2) { shown.scrollIntoView({block: 'nearest'}); }
            clearTimeout(rest);
            rest = setTimeout(() => { said.textContent = shown.textContent; }, REST);
        });
    }
}
