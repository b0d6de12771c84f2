// What the HTTP API says of enrolment tokens, as typed calls.
import { all, send } from './http';

export const TOKEN_ROLES = ['device', 'gateway'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

export interface EnrolmentToken {
  id: number;
  /** All of it, only when it is made. */
  token?: string;
  role: TokenRole;
  /** The only one it is for; absent if it is for any. */
  name?: string;
  uses: number;
  used: number;
  state: 'good' | 'used' | 'expired' | 'withdrawn';
  madeAt: string;
  expiresAt: string;
  withdrawnAt?: string;
  site: string;
  labels: string[];
  hosts: string[];
}

export interface TokenWish {
  role: TokenRole;
  /** Empty for any. */
  name: string;
  uses: number;
  /** ISO 8601. */
  validFor: string;
  site: string;
  labels: string[];
  hosts: string[];
  /** Where to ask with it; none for where this page is from. */
  urls: string[];
}

export function fetchTokens(): Promise<EnrolmentToken[]> {
  return all('/enrolment-tokens');
}

export async function makeToken(wish: TokenWish): Promise<EnrolmentToken> {
  return (await (await send('POST', '/enrolment-tokens', wish)).json()) as EnrolmentToken;
}

/**
 * What is typed on a device to install the agent, from the ingest that this page is from; null if it has none to give. It runs the
 * script only if that is the one this page has been told of: the device cannot know yet whom to believe.
 */
export async function fetchInstallLine(): Promise<string | null> {
  const answer = await fetch('/install', { method: 'HEAD' }).catch(() => null);
  const sha256 = /^"([0-9a-f]{64})"$/.exec(answer?.headers.get('ETag') ?? '')?.[1];
  if (answer?.ok !== true || sha256 === undefined) return null;
  return `curl -kfsSo install.sh ${location.origin}/install && echo '${sha256}  install.sh' | sha256sum -c && sudo sh install.sh ${location.origin}`;
}

export async function withdrawToken(id: number): Promise<void> {
  await send('DELETE', `/enrolment-tokens/${id}`, null);
}
