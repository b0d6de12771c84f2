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

export async function withdrawToken(id: number): Promise<void> {
  await send('DELETE', `/enrolment-tokens/${id}`, null);
}
