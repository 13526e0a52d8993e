/** Reads what Braze knows of the person whom the brand’s backend vouches for. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { EXPORT_FIELDS } from '../braze/profile-export.ts';
import { finding } from '../flows/lint/finding.ts';
import { closest, didYouMean } from '../flows/lint/suggest.ts';
import { defineAction } from './action.ts';

export interface ProfileNode {
  /** By the names of the export; of a custom attribute also alone, as `custom_attributes.tier`. */
  readonly fields: readonly string[];
}

const FIELDS = 'should be a list of fields, such as ["first_name", "custom_attributes.tier"]';

export const action = defineAction<ActionNode & ProfileNode>({
  call: 'users/export/ids',
  permission: 'users.export.ids',
  does: 'Reads the profile of the person whom the brand’s backend vouches for; of nobody else.',
  page: 'api/endpoints/export/user_data/post_users_identifier',
  // It is asked by who waits for it, or not at all.
  queuedFor: 0,
  limits: { limit: 250, window: 60_000 },
  isRepeatable: true,
  isRead: true,
  entries: {
    fields: v.pipe(
      v.array(v.string('should be the name of a field'), FIELDS),
      v.minLength(1, FIELDS),
      v.description('What is read, by the names of Braze’s export.'),
    ),
  },
  lint: ({ fields = [] }, at) =>
    fields.flatMap((field, index) => {
      const [top = ''] = field?.split('.') ?? [];
      if (field === undefined || EXPORT_FIELDS.includes(top)) return [];
      const meant = closest(top, EXPORT_FIELDS) ?? `custom_attributes.${top}`;
      const words = `a profile has no "${top}"${didYouMean(meant)}`;
      return [finding('wrong-value', [...at, 'fields', index], words)];
    }),
  // It goes another way: `questions.ts`.
  build: () => ({ type: 'nothing' }),
});
