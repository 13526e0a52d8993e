/** Gives the person whom the brand's backend vouches for another alias. */
import * as v from 'valibot';
import type { ActionNode } from '../../widget/contract/flow.ts';
import { fillValue } from '../../widget/flow/template.ts';
import { OWN_LABEL } from '../braze/alias.ts';
import { MAX_CHARACTERS } from '../braze/limits.ts';
import { defineAction, IDENTITY_LIMITS, templatesUnder } from './action.ts';

interface AliasNode extends ActionNode {
  readonly alias_label: string;
  readonly alias_name: string;
}

const LABEL = `should be a name that is no template, such as "shop_number", and does not begin with "${OWN_LABEL}"`;

const NAME = 'should be a text such as "{{answers.number}}"';

/** No page says how long one may be: this is as long as any text that Braze keeps. */
const MAX_NAME = MAX_CHARACTERS;

export const action = defineAction<AliasNode>({
  call: 'users/alias/new',
  permission: 'users.alias.new',
  does: 'Gives the person whom the brand’s backend vouches for another alias; nobody else.',
  page: 'api/endpoints/user_data/post_user_alias',
  limits: IDENTITY_LIMITS,
  limitedWith: 'identity',
  isRepeatable: true,
  isRead: false,
  entries: {
    alias_label: v.pipe(
      v.string(LABEL),
      // A label has one name for each person: a template would make labels of what visitors say.
      v.regex(new RegExp(`^(?!${OWN_LABEL})(?!.*\\{\\{)\\S.{0,${MAX_CHARACTERS - 1}}$`), LABEL),
      v.description('What kind of name it is. Each person has one of a label.'),
    ),
    alias_name: v.pipe(
      v.string(NAME),
      v.minLength(1, NAME),
      v.description('The name: a template, such as "{{answers.number}}". Capital letters count.'),
    ),
  },
  templatesOf: templatesUnder('alias_name'),
  build({ alias_label, alias_name: template }, { context, profile, isVerified }) {
    // Braze gives an alias to who is there already by their external_id alone (`post_user_alias`).
    if (!isVerified || !('external_id' in profile)) {
      return { type: 'denied', reason: 'users/alias/new: nobody vouches for them' };
    }
    const filled = fillValue(template, context);
    const alias_name = typeof filled === 'string' || typeof filled === 'number' ? String(filled) : '';
    if (alias_name.trim() === '' || alias_name.length > MAX_NAME) {
      const reason = `should be a text of 1 to ${MAX_NAME} characters`;
      return { type: 'impossible', leftOut: [{ name: 'alias_name', reason }] };
    }
    const { external_id } = profile;
    return {
      type: 'request',
      body: { user_aliases: [{ external_id, alias_name, alias_label }] },
      leftOut: [],
    };
  },
});
