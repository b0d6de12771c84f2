// The device page's right column: latest values, the ledger by state, what is named in it, and who the device is.
import { html, nothing, type TemplateResult } from 'lit';
import type { Device, DeviceLedger, Reading, Will } from '../lib/api';
import type { DeviceStore } from '../lib/device-store';
import { absolute, numbers, parseTime, plural, relative } from '../lib/format';
import { byHowMuch } from '../lib/late';
import { MEANINGS, merged, reasonWords, STATES, WORDS } from '../lib/ledger';
import { quarantineHref, type Group } from '../lib/quarantine';
import { amount } from '../lib/quarantine-words';
import { compareMetrics, metricLabel, metricUnit } from '../lib/metrics';
import '../components/device-record';
import '../components/device-secrets';
import { ledgerBar } from '../components/ledger';
import { counted, measured } from '../components/number';

const RANGES_SHOWN_MAX = 8;
/** Of duplicate rows, after a start of ingest. */
const NOT_COUNTED = 'not counted yet';
/** The kind of what an agent says of itself. */
const AGENT = 'agent';
const WORDS_SHOWN_MAX_LENGTH = 200;

/** @param show shows a range of times, in milliseconds since 1970, with some room around it */
export function renderFacts(store: DeviceStore, show: (fromMs: number, toMs: number) => void): TemplateResult {
  return html`
    ${renderAgent(store.latest)}
    ${store.unknown
      ? nothing
      : html`<section aria-labelledby="latest"><h2 id="latest">Latest values</h2>${renderLatest(store)}</section>
          <section aria-labelledby="ledger"><h2 id="ledger">Ledger</h2>${store.ledger ? renderLedger(store.ledger) : html`<p class="quiet">–</p>`}</section>`}
    ${store.ledger ? html`${renderNamed(store.ledger, store.quarantined)}${renderLate(store.ledger, show)}${renderDoubled(store.ledger)}` : nothing}
    ${store.info ? renderRecord(store.info) : nothing}
    <tm-secrets .device=${store.device}></tm-secrets>
    <section aria-labelledby="identity"><h2 id="identity">Identity</h2>${renderIdentity(store)}</section>
  `;
}

function renderRecord(info: Device): TemplateResult {
  const known = JSON.stringify([info.name, info.site, info.location, info.class, info.labels]);
  return html`<section aria-labelledby="record"><h2 id="record">What people say</h2><tm-record .device=${info.device} .known=${known}></tm-record></section>`;
}

/** What an agent says of itself, as the sensor that it is; the rest of it is in the charts. */
function renderAgent(latest: Reading[]): TemplateResult | typeof nothing {
  const said = latest.find((reading) => reading.kind === AGENT);
  if (!said) return nothing;
  const { version, started, failing, fault } = said.values;
  return html`<section aria-labelledby="agent" class="agent"><h2 id="agent">Agent</h2>
    <table class="facts">
      <tbody>
        ${typeof fault === 'string'
          ? html`<tr class="has-fault"><th scope="row">no reading from</th><td title=${fault}>${shortened(fault)}</td></tr>`
          : nothing}
        <tr><th scope="row">sensors</th><td>${Number(failing) > 0 ? `${failing} failing` : 'all working'}</td></tr>
        <tr><th scope="row">version</th><td>${version}</td></tr>
        <tr><th scope="row">started</th><td>${typeof started === 'string' ? html`<time datetime=${started} title=${absolute(started)}>${relative(parseTime(started))}</time>` : '–'}</td></tr>
        <tr><th scope="row">said</th><td><time datetime=${said.time} title=${absolute(said.time)}>${relative(parseTime(said.time))}</time></td></tr>
      </tbody>
    </table></section>`;
}

function renderLatest(store: DeviceStore): TemplateResult {
  if (store.latest.length === 0) {
    return html`<p class="quiet">${store.factsLoaded ? 'Nothing stored yet: the first reading appears here by itself.' : '–'}</p>`;
  }
  const units = new Map(store.panels.flatMap((p) => p.lines.map((l) => [l.metric, p.unit] as const)));
  const sensors = store.latest.filter((reading) => reading.kind !== AGENT).sort((a, b) => a.sensor.localeCompare(b.sensor));
  return html`<table class="facts latest">
    ${sensors.map(
      (reading) => html`<tbody>
        <tr class="sensor">
          <th scope="rowgroup">${reading.sensor} <span class="unit">${reading.kind}</span></th>
          <td><time datetime=${reading.time} title=${absolute(reading.time)}>${relative(parseTime(reading.time))}</time></td>
        </tr>
        ${metricsOf(reading).map(
          ([metric, v]) => html`<tr>
            <th scope="row">${metricLabel(metric)}</th>
            <td class="value">${measured(v, units.get(metric) ?? metricUnit(metric), true)}</td>
          </tr>`,
        )}
      </tbody>`,
    )}
  </table>`;
}

function metricsOf(reading: Reading): [string, number | string | boolean][] {
  return Object.entries(reading.values).sort(([a], [b]) => compareMetrics(a, b));
}

function renderLedger(ledger: DeviceLedger): TemplateResult {
  const { totals } = ledger;
  return html`${ledgerBar(totals, ledger.late.readings)}
    <table class="facts">
      <tbody>
        ${STATES.map(
          (state) => html`<tr class=${totals[state] === 0 ? 'none' : `has-${state}`} title=${MEANINGS[state]}>
            <th scope="row"><i class="swatch state state-${state}"></i> ${WORDS[state]}</th>
            <td>${state === 'quarantined' && totals[state] > 0 ? html`<a href=${quarantineHref({ device: ledger.device })}>${counted(totals[state])}</a>` : counted(totals[state], true)}</td>
          </tr>`,
        )}
        <tr class="sum-row">
          <th scope="row">produced</th>
          <td>${counted(totals.produced, true)}</td>
        </tr>
        <tr class=${totals.duplicates === 0 ? 'none' : 'has-missing'} title="surplus rows of one reading: always 0">
          <th scope="row">duplicate rows</th>
          <td>${ledger.duplicatesCheckedAt === null ? NOT_COUNTED : counted(totals.duplicates, true)}</td>
        </tr>
        <tr class="none" title="batches that came again: normal, and harmless">
          <th scope="row">redelivered batches</th>
          <td>${counted(totals.redelivered, true)}</td>
        </tr>
      </tbody>
    </table>`;
}

/** Missing and dropped ranges one by one, and what was set aside by reason. */
function renderNamed(ledger: DeviceLedger, quarantined: Group[]): TemplateResult {
  const several = ledger.epochs.length > 1;
  const missing = ledger.epochs.flatMap((e) => merged(e.missingRanges ?? [], () => true).map((r) => ({ ...r, epoch: e.epoch })));
  const dropped = ledger.epochs.flatMap((e) => merged(e.droppedRanges ?? [], (a, b) => a.reason === b.reason).map((r) => ({ ...r, epoch: e.epoch })));
  const inEpoch = (epoch: number): string => (several ? ` of epoch ${epoch}` : '');
  return html`
    ${named(
      'Missing',
      'missing',
      missing.map((r) => html`${plural(r.last - r.first + 1, 'reading')}: <b>${numbers(r.first, r.last)}</b>${inEpoch(r.epoch)}${r.since
          ? html`<span class="quiet">, known <time datetime=${r.since} title=${absolute(r.since)}>${relative(parseTime(r.since))}</time></span>`
          : ''}`),
    )}
    ${named(
      'Dropped on purpose',
      'dropped',
      dropped.map((r) => html`${plural(r.last - r.first + 1, 'reading')}: <b>${numbers(r.first, r.last)}</b>${inEpoch(r.epoch)}<span class="quiet">, ${reasonWords(r.reason)}</span>`),
    )}
    ${named('Set aside', 'quarantined', reasons(ledger.device, quarantined))}
  `;
}

function renderLate({ late }: DeviceLedger, show: (fromMs: number, toMs: number) => void): TemplateResult | typeof nothing {
  const { newest } = late;
  if (newest === null) return nothing;
  const last = html`<time datetime=${newest.storedTo} title=${absolute(newest.storedTo)}>${relative(parseTime(newest.storedTo))}</time>`;
  return named('Stored late', 'late', [
    html`${plural(late.readings, 'reading')}<span class="quiet">, by ${byHowMuch(late.most)}, last ${last}</span>
      <button class="button" title="Shows when those stored last were taken" @click=${() => show(parseTime(newest.from), parseTime(newest.to))}>Show</button>`,
  ]);
}

/** That batches come again is normal: what is said is that it did no harm, or that it did. */
function renderDoubled({ totals, duplicatesCheckedAt }: DeviceLedger): TemplateResult | typeof nothing {
  if (totals.redelivered === 0 && totals.duplicates === 0) return nothing;
  const came = totals.redelivered > 0 ? `${plural(totals.redelivered, 'batch', 'batches')} came again; ` : '';
  const none = duplicatesCheckedAt === null ? `duplicate rows are ${NOT_COUNTED}` : 'each reading is stored once';
  const is = totals.duplicates === 0 ? none : html`<b class="alarm">${plural(totals.duplicates, 'row')} too many</b>: some readings are stored more than once`;
  return html`<section class="named" data-state="doubled" aria-label="Came again"><h2>Came again</h2><p>${came}${is}.</p></section>`;
}

function reasons(device: string, groups: Group[]): TemplateResult[] {
  return groups.map(
    ({ reason, items, lastReceivedAt }) => html`${amount(items, reason)}: <b><a href=${quarantineHref({ device, reason })}>${reasonWords(reason)}</a></b><span class="quiet"
        >, last <time datetime=${lastReceivedAt} title=${absolute(lastReceivedAt)}>${relative(parseTime(lastReceivedAt))}</time></span
      >`,
  );
}

function named(title: string, state: string, rows: TemplateResult[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  const more = rows.length - RANGES_SHOWN_MAX;
  return html`<section class="named" data-state=${state} aria-label=${title}>
    <h2><i class="swatch state state-${state}"></i> ${title}</h2>
    <ul>
      ${rows.slice(0, RANGES_SHOWN_MAX).map((row) => html`<li>${row}</li>`)} ${more > 0 ? html`<li class="quiet">and ${plural(more, 'more range')}</li>` : nothing}
    </ul>
  </section>`;
}

function renderIdentity(store: DeviceStore): TemplateResult {
  const first = store.info?.firstSeen;
  const last = store.info?.lastSeen;
  const will = store.info?.will;
  const when = (time: string | null | undefined): TemplateResult | string =>
    time ? html`<time datetime=${time} title=${absolute(time)}>${relative(parseTime(time))}</time>` : '–';
  const epochs = store.ledger?.epochs ?? [];
  return html`<table class="facts">
    <tbody>
      <tr>
        <th scope="row">device</th>
        <td><span class="num mono" data-full=${store.device} title="click copies" tabindex="0" role="button">${store.device}</span></td>
      </tr>
      <tr>
        <th scope="row">first seen</th>
        <td>${when(first)}</td>
      </tr>
      <tr>
        <th scope="row">last seen</th>
        <td>${when(last)}</td>
      </tr>
      ${will ? renderWill(will) : nothing}
      ${epochs.map(
        (epoch) => html`<tr title="a numbering of readings: new with every new journal">
          <th scope="row">epoch</th>
          <td><span class="num mono" data-full=${epoch.epoch} title="${epoch.produced} produced (click copies)" tabindex="0" role="button">${epoch.epoch}</span></td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

function shortened(words: string): string {
  return words.length > WORDS_SHOWN_MAX_LENGTH ? `${words.slice(0, WORDS_SHOWN_MAX_LENGTH)}…` : words;
}

function renderWill(will: Will): TemplateResult {
  const words = will.payload === undefined ? html`<span class="quiet">no text</span>` : html`“${shortened(will.payload)}”`;
  return html`<tr class="will" title="an MQTT will, to ${will.topic}: what it wanted said once its connection ended without its word">
    <th scope="row">last words</th>
    <td>${words}<span class="quiet">, <time datetime=${will.at} title=${absolute(will.at)}>${relative(parseTime(will.at))}</time></span></td>
  </tr>`;
}
