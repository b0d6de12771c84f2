// The pages one goes to by the top bar, or with g and a letter.

export interface Place {
  /** As the top bar names it. */
  word: string;
  href: string;
  /** Pressed after g. */
  key: string;
  /** What the page is called in sentences: "go to ...". */
  phrase: string;
}

/** The other pages, which have no place in the top bar. */
export const OTHER_PLACES = ['/login', '/password', '/access', '/tokens', '/audit'];

export const PLACES: readonly Place[] = [
  { word: 'Fleet', href: '/', key: 'f', phrase: 'the fleet' },
  { word: 'Compare', href: '/compare', key: 'c', phrase: 'the comparison' },
  { word: 'Gateways', href: '/gateways', key: 'g', phrase: 'the gateways' },
  { word: 'Quarantine', href: '/quarantine', key: 'q', phrase: 'the quarantine' },
  { word: 'Alerts', href: '/alerts', key: 'a', phrase: 'the alerts' },
];
