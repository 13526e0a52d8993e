/**
 * Carambola, the insurer: the part of its server that knows who is signed in, and vouches for them to the relay (`docs/identity.md`).
 * There are no passwords: whoever tries the demo chooses one of two customers.
 */
import { randomUUID } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { Customer, Introduce } from './customers.ts';

/** By the name under which the page offers them. */
const CUSTOMERS: Readonly<Record<string, Customer & { readonly name: string; readonly offer: string }>> = {
  marina: {
    id: 'carambola-1042',
    name: 'Marina',
    offer: 'Marina, plano Essencial',
    attributes: {
      first_name: 'Marina',
      last_name: 'Duarte',
      email: 'marina@example.com',
      language: 'pt',
      plan: 'essencial',
      years_as_customer: 6,
    },
  },
  otavio: {
    id: 'carambola-2077',
    name: 'Otávio',
    offer: 'Otávio, plano Completo',
    attributes: {
      first_name: 'Otávio',
      last_name: 'Lins',
      email: 'otavio@example.com',
      language: 'pt',
      plan: 'completo',
      years_as_customer: 2,
    },
  },
};

/** What stands in the pages where the account belongs. */
const ACCOUNT = '<!-- account -->';

/** Of the browser's session. Cookies are not told apart by port, so it has the brand's name. */
const COOKIE = 'carambola';

export const AUDIENCE = 'parley';

export interface Carambola {
  /** For the relay's settings: whoever has the private key vouches for customers. */
  readonly publicKey: string;
  /** `POST /entrar` signs in, `POST /sair` signs out, `GET /sessao` gives the page a token for who is signed in. */
  readonly routes: Hono;
  readonly fill: (c: Context, page: string) => Promise<string>;
}

export async function createCarambola(introduce: Introduce): Promise<Carambola> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const sessions = new Map<string, string>();
  const signedIn = (c: Context) => CUSTOMERS[sessions.get(getCookie(c, COOKIE) ?? '') ?? ''];

  const routes = new Hono();
  routes.use(csrf());
  routes.post('/entrar', async (c) => {
    const { customer: chosen = '' } = await c.req.parseBody<{ customer?: string }>();
    const customer = Object.hasOwn(CUSTOMERS, chosen) ? CUSTOMERS[chosen] : undefined;
    if (!customer) return c.text(`Não há cliente "${chosen}".`, 400);
    await introduce(customer);
    const session = randomUUID();
    sessions.set(session, chosen);
    setCookie(c, COOKIE, session, { httpOnly: true, sameSite: 'Lax', path: '/' });
    return c.redirect(backOf(c), 303);
  });
  routes.post('/sair', (c) => {
    sessions.delete(getCookie(c, COOKIE) ?? '');
    deleteCookie(c, COOKIE);
    return c.redirect(backOf(c), 303);
  });
  routes.get('/sessao', async (c) => {
    const customer = signedIn(c);
    c.header('cache-control', 'no-store');
    if (!customer) return c.body(null, 204);
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setSubject(customer.id)
      .setAudience(AUDIENCE)
      .setExpirationTime('10 minutes')
      .sign(privateKey);
    return c.json({ token });
  });

  return {
    publicKey: await exportSPKI(publicKey),
    routes,
    fill: async (c, page) => page.replace(ACCOUNT, String(await accountOf(signedIn(c)?.name, c.req.path))),
  };
}

/** The page that the form was on, which its address says: never one of another site. */
function backOf(c: Context): string {
  const back = new URL(c.req.query('volta') ?? '/', c.req.url);
  return back.pathname;
}

function accountOf(name: string | undefined, path: string) {
  const back = encodeURIComponent(path);
  if (name !== undefined) {
    return html`<form class="account" method="post" action="/sair?volta=${back}" id="sair">
      <p><span class="hello">Olá, </span><strong>${name}</strong></p>
      <button type="submit">Sair</button>
    </form>`;
  }
  return html`<details class="account">
    <summary>Entrar</summary>
    <form method="post" action="/entrar?volta=${back}">
      <p>Esta é uma demonstração, sem senhas. Entre como:</p>
      ${Object.entries(CUSTOMERS).map(
        ([key, { offer }]) => html`<button type="submit" name="customer" value="${key}">${offer}</button>`,
      )}
    </form>
  </details>`;
}
