// What a metric is called, its unit and its colour: the same on every page.

const KNOWN: Record<string, { label: string; unit: string; series: number }> = {
  temperature: { label: 'Temperature', unit: '°C', series: 1 },
  humidity: { label: 'Humidity', unit: '%', series: 2 },
  pressure: { label: 'Pressure', unit: 'hPa', series: 3 },
};
const SERIES_COUNT = 8;

/** Of those whose name is no word. */
const SHORT: Record<string, string> = {
  co2: 'CO₂',
  cpu_temperature: 'CPU temperature',
  pm1: 'PM1',
  'pm2.5': 'PM2.5',
  pm10: 'PM10',
  rssi: 'RSSI',
  tvoc: 'TVOC',
};

/** "Temperature" for temperature, otherwise the name with its underscores opened up. */
export function metricLabel(metric: string): string {
  return KNOWN[metric]?.label ?? capital(metricInSentence(metric));
}

/** The same where it does not begin a sentence: "temperature", "CO₂". */
export function metricInSentence(metric: string): string {
  return SHORT[metric] ?? metric.replaceAll('_', ' ');
}

/** The unit the server gave, or the one this metric usually has; empty when nobody knows. */
export function metricUnit(metric: string, given?: string | null): string {
  return given || (KNOWN[metric]?.unit ?? '');
}

/** Which of the eight series colours a metric has, everywhere. */
export function metricSeries(metric: string): number {
  const known = KNOWN[metric];
  if (known) return known.series;
  let hash = 7;
  for (const letter of metric) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  return 4 + (hash % (SERIES_COUNT - 4));
}

/** The same as CSS has it. */
export function metricColour(metric: string): string {
  return `var(--c-series-${metricSeries(metric)})`;
}

/** Temperature, humidity and pressure first, then by name. */
export function compareMetrics(a: string, b: string): number {
  return (KNOWN[a]?.series ?? 9) - (KNOWN[b]?.series ?? 9) || a.localeCompare(b);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
