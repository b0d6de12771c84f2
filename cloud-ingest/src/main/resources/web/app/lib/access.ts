// What the HTTP API says of users, keys and the audit, as typed calls.
import { all, get, send, type Page } from './http';
import type { Role } from './session';

export interface User {
  name: string;
  role: Role;
  enabled: boolean;
  createdAt: string;
  passwordAt: string;
  loginAt: string | null;
  sessions: number;
}

export interface Key {
  id: number;
  name: string;
  role: Role;
  createdBy: string;
  createdAt: string;
  expiresAt: string;
  usedAt: string | null;
  revokedAt: string | null;
}

export type SecretKind = 'password' | 'psk';

/** That a device has a password or a key; what it is only when it is made. */
export interface Secret {
  kind: SecretKind;
  madeAt: string;
  madeBy: string;
  secret?: string;
  /** Of a key. */
  hex?: string;
}

export interface Entry {
  id: number;
  time: string;
  who: string;
  address: string;
  what: string;
  subject: string;
  before: string | null;
  after: string | null;
}

export interface AuditFilter {
  who: string;
  what: string;
  from: string;
  to: string;
}

export const AUDIT_PAGE = 100;

export function fetchUsers(): Promise<User[]> {
  return all('/users');
}

export async function makeUser(name: string, role: Role, password: string): Promise<void> {
  await send('POST', '/users', { name, role, password });
}

/** @param password another one; null to leave it */
export async function changeUser(name: string, role: Role, enabled: boolean, password: string | null = null): Promise<void> {
  await send('PUT', `/users/${encodeURIComponent(name)}`, { role, enabled, password });
}

export async function deleteUser(name: string): Promise<void> {
  await send('DELETE', `/users/${encodeURIComponent(name)}`, null);
}

export function fetchKeys(): Promise<Key[]> {
  return all('/keys');
}

export async function makeKey(name: string, role: Role, expiresAt: string): Promise<{ key: Key; secret: string }> {
  return (await (await send('POST', '/keys', { name, role, expiresAt })).json()) as { key: Key; secret: string };
}

export async function revokeKey(id: number): Promise<void> {
  await send('DELETE', `/keys/${id}`, null);
}

export function fetchAudit(filter: AuditFilter, cursor: string | null): Promise<Page<Entry>> {
  const query = new URLSearchParams({ limit: String(AUDIT_PAGE) });
  for (const [key, text] of Object.entries({ ...filter, cursor })) if (text) query.set(key, text);
  return get(`/audit?${query}`);
}

export async function fetchSecrets(device: string): Promise<Secret[]> {
  return (await get<{ items: Secret[] }>(secretsOf(device))).items;
}

/** Takes the place of the one of its kind that the device has. */
export async function makeSecret(device: string, kind: SecretKind): Promise<Secret> {
  return (await (await send('POST', secretsOf(device), { kind })).json()) as Secret;
}

export async function withdrawSecret(device: string, kind: SecretKind): Promise<void> {
  await send('DELETE', `${secretsOf(device)}/${kind}`, null);
}

function secretsOf(device: string): string {
  return `/devices/${encodeURIComponent(device)}/secret`;
}
