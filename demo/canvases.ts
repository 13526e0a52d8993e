/** The Canvases of the demo's brands at Braze, as `docs/retargeting.md` builds them. */
import type { WorkspaceSettings } from './braze/emulator.ts';

/**
 * Those with an `entry` are entered by an event of the visitor's, as soon as it is at Braze: a lifecycle event of the site, or one that
 * the flow writes. Ids are like those that Braze's dashboard shows.
 */
export const CANVASES: WorkspaceSettings['canvases'] = [
  {
    id: 'a0d5ad39-6f6c-4f0c-9b0e-3a1f5a6c7e11',
    name: 'Come back to your weekend',
    // Who leaves twice is asked twice: Braze's re-entry.
    entry: { event: 'chat_abandoned', properties: { flow: 'tarn-weekend' }, reentry: true },
  },
  {
    id: '7c2f4b86-0d0e-4b6b-8f57-52d7c1e0a922',
    name: 'お試し便のご案内',
    entry: { event: 'tasting_kit_chosen' },
  },
  // Entered by the flow's own action, which names it by this id.
  { id: 'c58e1f0a-3a70-4f6b-8c55-9b1d4c7a2e33', name: 'Proposta sob medida' },
];
