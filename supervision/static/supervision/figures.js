// Draws each chart from its own table, and again when the table, the width or the theme changes.
'use strict';
{
    const HEIGHT = 200, WIDEST_BAR = 28;
    const WHOLE = [0, 1, 2, 3, 4, 5, 6].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros));
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

    class Chart {
        constructor(figure) {
            this.figure = figure;
            this.kind = figure.dataset.kind;
            this.unit = figure.dataset.unit;
            this.draw();
        }

        // --- what is drawn: the table -----------------------------------------------------------------------------
        read() {
            const heads = [...this.figure.querySelectorAll('th[data-colour]')];
            const rows = [...this.figure.querySelectorAll('tr[data-label]')];
            this.series = heads.map((head) => ({label: head.dataset.label, colour: head.dataset.colour}));
            this.rows = rows.map((row) => ({
                label: row.dataset.label,
                title: row.querySelector('th').textContent,
                values: [...row.querySelectorAll('td')].map((cell) => cell.dataset.value === '' ? null : Number(cell.dataset.value)),
            }));
            return this.rows.length > 0;
        }

        draw() {
            this.plot?.destroy();
            this.plot = null;
            if (!this.read()) { this.box?.remove(); this.legend?.remove(); this.box = null; return; }
            if (!this.box) { this.place(); }
            this.plot = new uPlot(this.options(), this.data(), this.box);
            this.say(null);
        }

        place() {
            this.box = Object.assign(document.createElement('div'), {className: 'plot', tabIndex: 0});
            this.legend = Object.assign(document.createElement('ul'), {className: 'legend'});
            this.box.setAttribute('role', 'slider');
            this.box.setAttribute('aria-label', this.figure.querySelector('h2').textContent);
            this.box.setAttribute('aria-valuemin', 0);
            this.figure.querySelector('figcaption').after(this.box, this.legend);
            this.box.addEventListener('keydown', (event) => this.key(event));
            this.box.addEventListener('blur', () => this.point(null));
            for (const name of ['pointerdown', 'pointermove']) {
                this.box.addEventListener(name, (event) => { if (event.pointerType === 'touch') { this.touch(event); } });
            }
            new ResizeObserver(() => this.resize()).observe(this.box);
        }

        // Bars are stacked: each is drawn from the ground to its top, the highest first, so that the lower ones cover it.
        data() {
            const columns = this.series.map((_, n) => this.rows.map((row) => row.values[n]));
            if (this.kind === 'bars') {
                for (let n = 1; n < columns.length; n += 1) {
                    columns[n] = columns[n].map((value, at) => (value ?? 0) + (columns[n - 1][at] ?? 0));
                }
                columns.reverse();
            }
            return [this.rows.map((_, at) => at), ...columns];
        }

        options() {
            const bars = this.kind === 'bars' && uPlot.paths.bars({size: [0.62, WIDEST_BAR], gap: 0});
            const series = this.series.map((one, n) => ({
                stroke: colour(one.colour),
                ...(bars ? {fill: colour(one.colour), width: 0, paths: bars, points: {show: false}}
                    : {width: 2.5, dash: n ? [5, 4] : undefined, spanGaps: true, points: {show: this.rows.length < 15, size: 6, fill: colour(one.colour)}}),
            }));
            const axis = {stroke: colour('quiet'), font: '12px system-ui, sans-serif', ticks: {show: false}};
            return {
                width: this.box.clientWidth || 300, height: HEIGHT, legend: {show: false},
                scales: {
                    x: {time: false, range: () => [-0.6, this.rows.length - 0.4]},
                    y: {range: (_, _low, high) => [0, high > 0 ? high * 1.08 : 1]},
                },
                axes: [
                    {...axis, grid: {show: false}, size: 28, splits: (plot) => this.marks(plot), values: (_, at) => at.map((n) => this.rows[n]?.label ?? '')},
                    {...axis, grid: {stroke: colour('line'), width: 1}, size: 52, space: 50, ...(this.unit ? {} : {incrs: WHOLE}), values: (_, at) => at.map((value) => this.written(value))},
                ],
                cursor: {y: false, drag: {x: false, y: false}, points: {show: false}},
                hooks: {setCursor: [(plot) => this.say(plot.cursor.left >= 0 ? plot.cursor.idx : null)]},
                series: [{}, ...(bars ? series.reverse() : series)],
            };
        }

        // As many days as fit, and always the newest.
        marks(plot) {
            const most = Math.max(1, Math.floor(plot.bbox.width / devicePixelRatio / 52));
            const step = Math.ceil(this.rows.length / most);
            return this.rows.map((_, at) => at).filter((at) => (this.rows.length - 1 - at) % step === 0);
        }

        written(value) {
            const money = this.unit && !['min', 's'].includes(this.unit);
            const words = value.toLocaleString('en', {maximumFractionDigits: money ? 4 : 2});
            return money ? `${this.unit}${words}` : words + (this.unit ? ` ${this.unit}` : '');
        }

        // --- what is read from it ---------------------------------------------------------------------------------
        say(at) {
            const row = this.rows[at];
            this.at = row ? at : null;
            const day = Object.assign(document.createElement('li'), {className: 'reading', textContent: row?.title ?? ''});
            this.legend.replaceChildren(...(row ? [day] : []), ...this.series.map((one, n) => {
                const item = Object.assign(document.createElement('li'), {className: 'with-icon'});
                const sign = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
                const square = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
                sign.setAttribute('viewBox', '0 0 12 12');
                sign.setAttribute('aria-hidden', 'true');
                square.setAttribute('class', one.colour);
                for (const [name, value] of [['width', 12], ['height', 12], ['rx', 3]]) { square.setAttribute(name, value); }
                sign.append(square);
                item.append(sign, Object.assign(document.createElement('span'), {textContent: one.label}));
                if (row) { item.append(Object.assign(document.createElement('b'), {textContent: this.value(row, n)})); }
                return item;
            }));
            this.box.setAttribute('aria-valuemax', this.rows.length - 1);
            this.box.setAttribute('aria-valuenow', this.at ?? this.rows.length - 1);
            this.box.setAttribute('aria-valuetext', this.words(row ?? this.rows.at(-1)));
        }

        value(row, n) { return row.values[n] === null ? '–' : this.written(row.values[n]); }

        words(row) { return `${row.title}: ${this.series.map((one, n) => `${one.label} ${this.value(row, n)}`).join(', ')}`; }

        point(at) {
            if (!this.plot) { return; }
            this.plot.setCursor(at === null ? {left: -10, top: -10} : {left: this.plot.valToPos(at, 'x'), top: 20});
        }

        key(event) {
            const last = this.rows.length - 1, at = this.at ?? last + (event.key === 'ArrowLeft' ? 1 : 0);
            const to = {ArrowLeft: at - 1, ArrowRight: at + 1, ArrowDown: at - 1, ArrowUp: at + 1, Home: 0, End: last, PageDown: at - 7, PageUp: at + 7}[event.key];
            if (event.key === 'Escape') { this.point(null); return; }
            if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) { return; }
            event.preventDefault();
            this.point(Math.max(0, Math.min(last, to)));
        }

        touch(event) {
            const left = event.clientX - this.plot.over.getBoundingClientRect().left;
            this.plot.setCursor({left, top: 20});
        }

        resize() {
            const width = this.box?.clientWidth;
            if (this.plot && width && width !== this.plot.width) { this.plot.setSize({width, height: HEIGHT}); }
        }
    }

    const charts = [...document.querySelectorAll('figure.chart:not([data-kind="shares"])')].map((figure) => new Chart(figure));
    const again = () => charts.forEach((chart) => chart.draw());
    const shown = () => charts.map((chart) => chart.figure.querySelector('table')?.textContent).join();
    let drawn = shown();
    document.addEventListener('live:swapped', () => { if (shown() !== drawn) { drawn = shown(); again(); } });
    new MutationObserver(again).observe(document.documentElement, {attributeFilter: ['data-theme']});
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
}
