/** The variables of a process that will run for long. */

/** Whatever is named as a secret, the relay's own or not: it starts no other program that would need one. */
const SECRET = /_(?:KEY|SECRET|SECRET_PREVIOUS)$|^REDIS_URL$/;

/**
 * The variables as they are now. Secrets are taken out of the process: a report of Node's (`process.report`), a library that looks around
 * and a program that it would start find none. What the system has kept of its start (`/proc/PID/environ`) stays.
 */
export function takeEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string | undefined>> {
  const taken = { ...env };
  for (const name of Object.keys(env)) if (SECRET.test(name)) Reflect.deleteProperty(env, name);
  return taken;
}
