/** What is used of the module that the platform brings (https://developers.cloudflare.com/durable-objects/api/base/). */
declare module 'cloudflare:workers' {
  export abstract class DurableObject<Env = unknown> {
    /** @param ctx the object's state */
    constructor(ctx: object, env: Env);
    fetch?(request: Request): Response | Promise<Response>;
    alarm?(): void | Promise<void>;
  }
}
