// Draws what Python put into `props.value` and tells it what the user wants: 'seek' a second, 'move' a key there, 'remove' a key.
const GAP = 0.1, STEP = 0.1;  // seconds
const part = (name) => element.querySelector(name);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const percent = (second) => clamp(100 * second / props.value.duration, 0, 100);

function second(event) {
  const box = part('.track').getBoundingClientRect();
  return clamp((event.clientX - box.left) / box.width, 0, 1) * props.value.duration;
}

function place(mark, at) {  // a mark is shifted by as much of its own width as it is along, so it stays within
  mark.style.left = `${percent(at)}%`;
  mark.style.transform = `translateX(-${percent(at)}%)`;
  mark.line.style.left = `${percent(at)}%`;
  mark.at = at;
}

function between(index, at) {  // keys do not pass each other
  const {keys, duration} = props.value;
  return clamp(at, index ? keys[index - 1].second + GAP : 0, index + 1 < keys.length ? keys[index + 1].second - GAP : duration);
}

function mark(key, index) {
  const button = document.createElement('button'), line = document.createElement('div');
  Object.assign(button, {type: 'button', textContent: key.text, line, index});
  button.setAttribute('aria-label', `${key.text} at ${key.second.toFixed(1)} seconds; arrow keys move it, Delete removes it`);
  button.style.borderColor = line.style.background = key.colour;
  line.className = 'line';
  place(button, key.second);
  part('.track').append(line);
  part('.marks').append(button);
}

function draw() {
  const {wave, duration, keys, colour} = props.value;
  part('.track').classList.toggle('empty', !wave.length);
  const focused = document.activeElement?.parentElement === part('.marks') ? document.activeElement.index : null;
  part('path').setAttribute('d', wave.map((loud, i) => `M${i + .2} ${50 - 48 * loud - .7}h.6V${50 + 48 * loud + .7}h-.6z`).join(''));
  const stops = keys.length ? keys : [{second: 0, colour}];
  part('linearGradient').innerHTML = stops.map((key) => `<stop offset="${percent(key.second)}%" stop-color="${key.colour}"/>`).join('');
  element.querySelectorAll('.line').forEach((line) => line.remove());
  part('.marks').replaceChildren();
  keys.forEach(mark);
  part('.marks').children[focused]?.focus();
  part('.head').style.left = `${percent(props.value.second)}%`;
}

let held = null;  // the mark that is dragged, or the track
element.addEventListener('pointerdown', (event) => {
  held = event.target.closest('.marks button, .track');
  held?.setPointerCapture(event.pointerId);
  if (held) held.from = event.clientX;
  if (held?.matches('.track')) part('.head').style.left = `${percent(second(event))}%`;
});
element.addEventListener('pointermove', (event) => {
  if (held?.matches('.track')) part('.head').style.left = `${percent(second(event))}%`;
  else if (held && Math.abs(event.clientX - held.from) > 3) place(held, between(held.index, second(event)));
});
element.addEventListener('pointerup', (event) => {
  if (held?.matches('.track')) trigger('seek', {second: second(event)});
  else if (held && held.at !== props.value.keys[held.index].second) trigger('move', {index: held.index, second: held.at});
  held = null;
});
element.addEventListener('click', (event) => {  // a key that was not dragged, or Enter on it: look at that moment
  const key = props.value.keys[event.target.index];
  if (key && event.target.at === key.second) trigger('seek', {second: key.second});
});
element.addEventListener('keydown', (event) => {
  const index = event.target.index, way = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (index === undefined) return;
  if (way) trigger('move', {index, second: between(index, props.value.keys[index].second + way * STEP)});
  else if (event.key === 'Delete' || event.key === 'Backspace') trigger('remove', {index});
  else return;
  event.preventDefault();
});
watch('value', draw);
draw();
