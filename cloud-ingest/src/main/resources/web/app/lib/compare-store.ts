// The series that are compared, over the time that is shown: asked for again as often as there can be something new.
import { fetchSeries, type ComparedSeries } from './api';
import { marksOf, seriesText, sourceOf, type Wanted } from './compare';
import { isoSeconds } from './format';
import { feed } from './feed';
import { allMarks, fetchMarks, NO_MARKS, type Mark, type Marks } from './gaps';
import { ApiError } from './http';
import { PollingStore } from './polling-store';

const PAUSE_MIN_MS = 2000;
/** What the ledger says changes more slowly than what is measured, and is asked for of each device. */
const MARKS_PAUSE_MS = 10_000;

/** What is asked: these, from and to in milliseconds since 1970, in at most so many intervals. */
export interface Question {
  series: Wanted[];
  fromMs: number;
  toMs: number;
  points: number;
}

export class CompareStore extends PollingStore {
  /** What was found, in the order of `wanted`. */
  found: ComparedSeries[] = [];
  wanted: Wanted[] = [];
  /** What the ledger says of the devices, where their readings are drawn; perhaps still of what was asked before. */
  marks: Mark[] = [];
  intervalS = 1;
  /** Counts answers: what was made of an older one is out of date. */
  revision = 0;
  loaded = false;
  /** Something was found over the time that is shown, or looked for: a page that is paused keeps to that time, whatever else is asked. */
  hasTime = false;
  /** What the server said about a question it would not answer. */
  problem: string | null = null;
  private abort = new AbortController();
  private marksAskedAt = 0;
  /** What was found of each source at the last time. */
  private marksFound = new Map<string, Marks>();

  constructor(private readonly question: () => Question) {
    super(() => Math.max(PAUSE_MIN_MS, this.intervalS * 1000));
  }

  protected override get isShown(): boolean {
    return this.loaded;
  }

  /** What was found of the devices of these series, as far as it is known. */
  marksFoundOf(series: Wanted[]): Marks[] {
    return [...new Set(series.map(sourceOf))].flatMap((source) => this.marksFound.get(source) ?? []);
  }

  override stop(): void {
    super.stop();
    this.abort.abort();
  }

  /** The same is asked of another time. */
  rangeChanged(): void {
    this.hasTime = false;
    this.questionChanged();
  }

  /** Something else is asked. */
  questionChanged(): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.loaded = false;
    this.problem = null;
    this.marksAskedAt = 0;
    this.restart();
  }

  protected override async refresh(): Promise<void> {
    const question = this.question();
    const { series, fromMs, toMs, points } = question;
    const { signal } = this.abort;
    if (Date.now() - this.marksAskedAt >= MARKS_PAUSE_MS) void this.findMarks(question, signal);
    try {
      // Without a series there is nothing to ask.
      const answer = series.length === 0 ? { interval: 'PT1S', series: [] } : await fetchSeries(series.map(seriesText), fromMs, toMs, points, signal);
      this.found = answer.series;
      this.wanted = series;
      this.intervalS = isoSeconds(answer.interval) ?? (toMs - fromMs) / 1000 / points;
      this.problem = null;
      this.loaded = true;
      this.hasTime = series.length > 0;
      this.revision++;
      if (series.length > 0) feed.succeeded();
      this.rest();
    } catch (cause) {
      if (signal.aborted) return;
      if (cause instanceof ApiError && cause.isRefusal) {
        feed.succeeded();
        this.problem = cause.message;
      } else {
        feed.failed(cause);
      }
      throw cause;
    } finally {
      this.changed();
    }
  }

  private async findMarks({ series, fromMs, toMs, points }: Question, signal: AbortSignal): Promise<void> {
    this.marksAskedAt = Date.now();
    const sources = new Map(series.map((one) => [sourceOf(one), one]));
    const found = await Promise.all(
      [...sources].map(([source, one]) => fetchMarks(one.device, fromMs + one.shiftMs, toMs + one.shiftMs, points, this.marksFound.get(source) ?? NO_MARKS, signal)),
    );
    if (signal.aborted) return;
    // Of those that could not be asked it is as it was: they are asked with the next readings.
    if (found.some(({ gaps, late }) => (gaps.problem ?? late.problem) !== null)) this.marksAskedAt = 0;
    this.marksFound = new Map([...sources.keys()].map((source, i) => [source, found[i]!]));
    this.marks = [...sources].flatMap(([source, one]) => marksOf(one, allMarks(this.marksFound.get(source)!)));
    this.changed();
  }
}
