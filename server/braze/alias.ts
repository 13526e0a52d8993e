/** The alias under which Braze knows a visitor whom nobody has identified (`user_alias`, `api/objects_filters/user_alias_object`). */

export interface UserAlias {
  readonly alias_name: string;
  readonly alias_label: string;
  /** It goes into JSON as it is. */
  readonly [name: string]: string;
}

/** What our labels begin with. */
export const OWN_LABEL = 'parley-';

/**
 * The label has the visitor id in it, so that no two visitors have the same one: of two profiles with one label `/users/identify` joins
 * neither to the other, and a person has as many visitor ids as browsers (`api/endpoints/user_data/post_user_identify`; decision 27).
 */
export function aliasOf(visitor: string): UserAlias {
  return { alias_name: visitor, alias_label: `${OWN_LABEL}${visitor}` };
}
