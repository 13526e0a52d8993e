/* global document, fetch, window */
// Who is signed in, in the words of Carambola's server, and that they leave: docs/identity.md.
const answer = await fetch('/sessao', { cache: 'no-store' });
if (answer.status === 200) {
  const { token } = await answer.json();
  (window.parley ??= []).push(['identify', token]);
}
document.getElementById('sair')?.addEventListener('submit', () => window.parley?.push(['logout']));
