// Who else asks the same: what was ticked stays ticked while the list follows, and what arrives waits to be read.
'use strict';
{
    const field = document.getElementById('beside'), list = field?.querySelector('ul');
    const boxes = () => [...list.querySelectorAll('input[name=also]')];

    function tell() {
        const number = boxes().filter((one) => one.checked).length;
        document.getElementById('also-too').textContent = number ? countedInWords(number, '{} who asks this too is told.', '{} who ask this too are told.') : '';
    }

    if (list) {
        tell();
        let ticked = new Map(boxes().map((one) => [one.value, one.checked]));
        list.addEventListener('change', () => {
            ticked = new Map(boxes().map((one) => [one.value, one.checked]));
            tell();
        });
        document.addEventListener('live:swapped', () => {
            boxes().forEach((one) => { one.checked = ticked.get(one.value) ?? false; });
            ticked = new Map(boxes().map((one) => [one.value, one.checked]));
            field.hidden = !list.children.length;
            tell();
        });
    }
}
