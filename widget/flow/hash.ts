/** Text -> a number that stands for it: for chance that comes out the same every time, and to tell whether something changed. */

/**
 * 32 bits, of which the upper ones depend on every character: multiplied by 2^32 over the golden ratio (Knuth, The Art of Computer
 * Programming, volume 3, section 6.4), which carries upward, and folded, which carries down again. Two texts
 * that differ have the same one once in four thousand million times.
 */
export function hashOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
