// Who is here, and what they may do. The server decides; the pages only leave out what it would refuse.
import { get, send } from './http';

export type Role = 'viewer' | 'operator' | 'admin';

export interface Session {
  security: 'on' | 'off';
  name: string | null;
  role: Role | null;
  by: 'session' | 'key' | null;
  /** The token that was printed at the start waits to make an administrator. */
  setup: boolean;
  /** What the OpenID provider is called that one can log in by; null if there is none. */
  oidc: string | null;
}

export const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];
const LOGIN = '/login';

class Watched extends EventTarget {
  /** Null until ingest has answered. */
  now: Session | null = null;
  private isAsked = false;

  /** Whether it is known who is here, or that it cannot be found out: then the pages say what is wrong. */
  get isSettled(): boolean {
    return this.isAsked;
  }

  get isOut(): boolean {
    return this.now !== null && this.now.security === 'on' && this.now.role === null;
  }

  may(role: Role): boolean {
    const own = this.now?.role;
    return own === undefined || own === null ? this.now === null : ROLES.indexOf(own) >= ROLES.indexOf(role);
  }

  async ask(): Promise<void> {
    try {
      this.now = await get<Session>('/session');
    } catch {
      // Ingest is away: each page tells that by itself.
    }
    this.isAsked = true;
    this.changed();
  }

  /** Something was refused for want of a login. */
  readonly lost = (): void => {
    if (this.now !== null && !this.isOut) void this.ask();
  };

  async logIn(name: string, password: string): Promise<void> {
    await send('POST', '/session', { name, password });
    await this.ask();
  }

  async logOut(everywhere: boolean): Promise<void> {
    await send('DELETE', `/session${everywhere ? '?everywhere=true' : ''}`, null);
    await this.ask();
  }

  private changed(): void {
    this.dispatchEvent(new Event('change'));
  }
}

export const session = new Watched();
window.addEventListener('session-lost', session.lost);

/** The login page, which comes back to where one is. */
export function loginHref(): string {
  const here = location.pathname + location.search;
  return here === '/' || location.pathname === LOGIN ? LOGIN : `${LOGIN}?to=${encodeURIComponent(here)}`;
}

/** Where to go after the login: a path of this origin. */
export function afterLogin(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) && !to.startsWith(LOGIN) ? to : '/';
}
