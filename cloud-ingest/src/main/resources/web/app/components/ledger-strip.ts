// The strip under the charts' time axis: what the ledger says of each moment. What is not there, or came late, can be chosen, and is
// then explained.
import { html, nothing, type TemplateResult } from 'lit';
import { clock, clockDate, ended, numbers, parseTime, plural, zone } from '../lib/format';
import { MARK_WORDS, markKey, type Found, type Gap, type Mark, type Marks } from '../lib/gaps';
import { byHowMuch, whyLate, type Late } from '../lib/late';
import { MEANINGS, reasonWords, STORED_LATE, WORDS } from '../lib/ledger';

/** How far beside a narrow mark one may press: it is then 24 px wide, or as far as the next one lets it. */
const REACH_PX = 12;

/**
 * One control, however narrow what is in it: a press chooses what is nearest, arrow keys what is next.
 *
 * @param marks in any order; later ones are drawn over earlier ones. Times are in seconds since 1970.
 * @param chosen key of the mark that is explained; null if none is
 * @param choose called with the key of a mark, or with null
 */
export function ledgerStrip(marks: Mark[], fromS: number, toS: number, chosen: string | null, choose: (key: string | null) => void): TemplateResult {
  const inView = marks.filter((m) => m.to > fromS && m.from < toS);
  const percent = (s: number): number => (100 * (Math.min(toS, Math.max(fromS, s)) - fromS)) / (toS - fromS);
  const place = (mark: Mark): string => {
    const left = percent(mark.from);
    return `left: ${left}%; width: max(4px, ${percent(mark.to) - left}%)`;
  };
  const keys = choosable(inView, fromS, toS);
  const words = [...new Set(inView.map((m) => MARK_WORDS[m.state]))].join(', ') || 'nothing known';
  return html`<div class="strip-row">
    <span class="strip-label" aria-hidden="true">Ledger</span>
    <div
      class="strip"
      role=${keys.length === 0 ? 'img' : 'listbox'}
      aria-label="Ledger in this time: ${words}"
      tabindex=${keys.length === 0 ? nothing : 0}
      aria-orientation=${keys.length === 0 ? nothing : 'horizontal'}
      aria-activedescendant=${chosen !== null && keys.includes(chosen) ? idOf(chosen) : nothing}
      @click=${(event: MouseEvent) => {
        const key = pressed(event);
        if (key !== null) choose(key === chosen ? null : key);
      }}
      @keydown=${(event: KeyboardEvent) => {
        const next = afterKey(event.key, keys, chosen);
        if (next === undefined) return;
        event.preventDefault();
        choose(next);
      }}
    >
      ${inView.map((mark) => {
        const key = markKey(mark);
        const look = `state state-${mark.state}`;
        if (key === null) return html`<span class=${look} aria-hidden="true" title=${titleOf(mark)} .style=${place(mark)}></span>`;
        return html`<button
          class=${look}
          role="option"
          tabindex="-1"
          id=${idOf(key)}
          data-gap=${key}
          title=${titleOf(mark)}
          aria-label=${titleOf(mark)}
          aria-selected=${key === chosen}
          .style=${place(mark)}
        ></button>`;
      })}
    </div>
  </div>`;
}

/**
 * What cannot be shown of a time: what could not be asked for, or is too much. Nothing if all is shown.
 *
 * @param all what is known of one device, or of each of several
 */
export function stripNote(...all: Marks[]): TemplateResult | typeof nothing {
  const [gaps, late] = (['gaps', 'late'] as const).map((kind) => summedUp(all.map((one) => one[kind]))) as [Shown, Shown];
  const problem = gaps.problem ?? late.problem;
  if (problem !== null) {
    const what = [gaps.problem === null ? '' : 'why readings are not there', late.problem === null ? '' : 'what was stored late'].filter(Boolean);
    return html`<p class="strip-note" role="status"><span class="mark-error">▲ It cannot be asked now ${what.join(', and ')}: ${ended(problem)}</span> It is asked again with the next readings.</p>`;
  }
  const cut = [gaps.more ? 'gaps' : '', late.more ? 'late stretches' : ''].filter(Boolean);
  if (cut.length === 0) return nothing;
  return html`<p class="strip-note" role="status">Only the newest ${cut.join(' and ')} are shown: choose a shorter time for the others, if there are any.</p>`;
}

/** Whether all marks of one kind are shown. */
type Shown = Omit<Found, 'marks'>;

function summedUp(found: Found[]): Shown {
  return { more: found.some(({ more }) => more), problem: found.find(({ problem }) => problem !== null)?.problem ?? null };
}

/** Keys of what can be chosen in this time, the earliest first. */
export function choosable(marks: Mark[], fromS: number, toS: number): string[] {
  const inView = marks.filter((m) => m.to > fromS && m.from < toS && markKey(m) !== null);
  return inView.sort((a, b) => a.from - b.from || a.to - b.to).map((m) => markKey(m)!);
}

function idOf(key: string): string {
  return `mark-${key}`;
}

/** What was pressed, or was nearest to it; null if nothing is near. */
function pressed(event: MouseEvent): string | null {
  const exact = (event.target as HTMLElement).dataset['gap'];
  if (exact !== undefined) return exact;
  const strip = event.currentTarget as HTMLElement;
  const boxes = [...strip.querySelectorAll<HTMLElement>('[data-gap]')].map((one) => ({ key: one.dataset['gap']!, box: one.getBoundingClientRect() }));
  const near = boxes.map(({ key, box }) => ({ key, px: Math.max(box.left - event.clientX, event.clientX - box.right) })).sort((a, b) => a.px - b.px)[0];
  return near && near.px <= REACH_PX ? near.key : null;
}

/** What a key chooses; undefined if that is not its business. */
function afterKey(key: string, keys: string[], chosen: string | null): string | null | undefined {
  const at = keys.indexOf(chosen ?? '');
  switch (key) {
    case 'ArrowRight':
      return keys[at + 1];
    case 'ArrowLeft':
      return at < 0 ? keys[keys.length - 1] : keys[at - 1];
    case 'Home':
      return keys[0];
    case 'End':
      return keys[keys.length - 1];
    case 'Escape':
      return chosen === null ? undefined : null;
    default:
      return undefined;
  }
}

function titleOf(mark: Mark): string {
  return `${mark.label} · ${clock(mark.from * 1000)} to ${clock(mark.to * 1000)} ${zone()}`;
}

const WHAT_TO_DO: Record<Gap['state'], string> = {
  missing: 'If nothing brings them, they are lost: see whether the device was given a new journal, or its card was copied.',
  waiting: 'They are stored by themselves once they arrive.',
  quarantined: 'They can be looked at, tried again, or given up.',
  dropped: 'They are accounted for, and will not come.',
};

/** Who gave readings up: the device, if the reason is not one of ours. */
function whoDropped(gap: Gap): string {
  if (gap.state !== 'dropped') return '';
  if (gap.reason === 'discarded') return ' Somebody discarded them from the quarantine.';
  return gap.reason === 'quarantine_full' ? ' They had been set aside, and the quarantine was full.' : ' The device said so itself.';
}

/**
 * What was chosen in words.
 *
 * @param severalEpochs whether numbers alone do not tell readings of this device apart
 * @param keys what else can be chosen, the earliest first
 * @param zoom shows the time around it
 * @param choose called with the key of another mark, or with null
 */
export function markInWords(mark: Mark, severalEpochs: boolean, keys: string[], zoom: () => void, choose: (key: string | null) => void): TemplateResult {
  const at = keys.indexOf(markKey(mark)!);
  const step = (word: string, key: string | undefined): TemplateResult =>
    html`<button class="button" ?disabled=${key === undefined} title="${word} mark of the ledger in this time" @click=${() => choose(key!)}>${word}</button>`;
  const of = (epoch: number): string => (severalEpochs ? ` of epoch ${epoch}` : '');
  return html`<section class="gap" aria-label="Chosen in the ledger" data-state=${mark.state}>
    <p><i class="swatch state state-${mark.state}"></i> ${mark.gap ? gapInWords(mark, mark.gap, of) : mark.late ? lateInWords(mark.late, of) : ''}</p>
    <p class="gap-actions">
      <button class="button" @click=${zoom}>Zoom to it</button>
      ${keys.length > 1 ? html`${step('Previous', at < 0 ? undefined : keys[at - 1])}${step('Next', keys[at + 1])}` : nothing}
      <button class="button" @click=${() => choose(null)}>Close</button>
    </p>
  </section>`;
}

function gapInWords(mark: Mark, gap: Gap, of: (epoch: number) => string): TemplateResult {
  return html`<strong>${plural(gap.last - gap.first + 1, 'reading')} ${WORDS[gap.state]}${gap.reason === '' ? '' : `: ${reasonWords(gap.reason)}`}.</strong>
    Numbers ${numbers(gap.first, gap.last)}${of(gap.epoch)}, sampled between ${clock(mark.from * 1000)} and ${clock(mark.to * 1000)} ${zone()}:
    ${MEANINGS[gap.state]}.${whoDropped(gap)} ${WHAT_TO_DO[gap.state]}`;
}

function lateInWords(late: Late & { after: string }, of: (epoch: number) => string): TemplateResult {
  const [from, to, storedFrom, storedTo] = [late.from, late.to, late.storedFrom, late.storedTo].map(parseTime) as [number, number, number, number];
  // The day is said where they are not all of one.
  const when = clockDate(from).slice(0, 10) === clockDate(storedTo).slice(0, 10) ? clock : clockDate;
  const span = (a: string, b: string): string => (a === b ? `at ${a}` : `between ${a} and ${b}`);
  const among = late.readings < late.last - late.first + 1 ? 'Some of numbers' : late.first === late.last ? 'Number' : 'Numbers';
  return html`<strong>${plural(late.readings, 'reading')} ${STORED_LATE}, by ${byHowMuch(late.most)}.</strong>
    ${among} ${numbers(late.first, late.last)}${of(late.epoch)}: taken ${span(when(from), when(to))}, and stored
    ${span(when(storedFrom), when(storedTo))} ${zone(storedTo)}. ${whyLate(late, late.after)}`;
}
