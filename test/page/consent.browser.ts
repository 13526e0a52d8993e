import { assert } from '@open-wc/testing';
import { connectGoogleConsent } from '../../widget/page/consent-google.ts';
import { connectTcf } from '../../widget/page/consent-tcf.ts';

const disconnections: (() => void)[] = [];
afterEach(() => {
  disconnections.splice(0).forEach((disconnect) => disconnect());
  for (const name of ['dataLayer', 'gtag', '__tcfapi']) Reflect.deleteProperty(window, name);
  document.querySelectorAll('iframe[name="__tcfapiLocator"]').forEach((frame) => frame.remove());
});

/** Runs a classic script, as a page has it. */
function run(text: string): void {
  const script = document.createElement('script');
  script.text = text;
  document.head.append(script);
  script.remove();
}

/** Until what the scripts have pushed is told. */
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('Google Consent Mode', () => {
  /** As it stands in Google's guide. */
  const SNIPPET = `
    window.dataLayer = window.dataLayer || [];
    function gtag(){dataLayer.push(arguments);}`;
  const DEFAULT_DENIED = `
    gtag('consent', 'default', {
      'ad_storage': 'denied',
      'ad_user_data': 'denied',
      'ad_personalization': 'denied',
      'analytics_storage': 'denied',
      'wait_for_update': 500
    });`;
  const DEFAULT_GRANTED = `gtag('consent', 'default', { 'analytics_storage': 'granted' });`;
  const DENIED_IN_SPAIN = `
    gtag('consent', 'default', { 'analytics_storage': 'denied', 'region': ['ES', 'US-AK'] });`;
  const GRANT = `gtag('consent', 'update', { 'analytics_storage': 'granted' });`;
  const WITHDRAW = `gtag('consent', 'update', { 'analytics_storage': 'denied' });`;

  /** As Google's data-layer-helper does, and Google Tag Manager: calls what was there, then drops the oldest. */
  const TAG_MANAGER = `
    (function (l) {
      var old = l.push;
      l.push = function () {
        var states = [].slice.call(arguments, 0);
        var result = old.apply(l, states);
        while (l.length > 3) l.shift();
        (window.processed = window.processed || []).push(...states);
        return result;
      };
    })(dataLayer);`;
  /** Knows no manners: what was there before is not called any more. */
  const USURPER = `dataLayer.push = function () { return Array.prototype.push.apply(this, arguments); };`;

  afterEach(() => Reflect.deleteProperty(window, 'processed'));

  const layer = () => (window as unknown as { dataLayer: unknown[] }).dataLayer;
  const ownPush = () => Object.getOwnPropertyDescriptor(layer(), 'push');

  function connect(types: readonly string[] = ['analytics_storage'], dataLayer?: unknown) {
    const heard: boolean[] = [];
    const disconnect = connectGoogleConsent(types, (isGranted) => heard.push(isGranted), dataLayer);
    disconnections.push(disconnect);
    return { heard, disconnect };
  }

  /**
   * Each script of a page that has ours before the first, between them, and after the last; and what is found where ours comes last, if
   * that is not what was heard last.
   */
  const SCRIPTS: readonly (readonly [string, readonly string[], readonly boolean[], (readonly [])?])[] = [
    ['nothing', [''], []],
    ['a default that denies', [DEFAULT_DENIED], []],
    ['a default that denies, again', [DEFAULT_DENIED, DEFAULT_DENIED], []],
    ['a default that grants', [DEFAULT_GRANTED], [true]],
    ['a default that grants, then one that denies', [DEFAULT_GRANTED, DEFAULT_DENIED], [true, false], []],
    ['a default that denies, then one that grants', [DEFAULT_DENIED, DEFAULT_GRANTED], [true]],
    ['a grant', [DEFAULT_DENIED, GRANT], [true]],
    ['a grant without a default', [GRANT], [true]],
    ['a grant, again', [GRANT, GRANT], [true]],
    ['a refusal', [DEFAULT_DENIED, WITHDRAW], [false]],
    ['a refusal without a default', [WITHDRAW], [false]],
    ['a refusal, again', [WITHDRAW, WITHDRAW], [false]],
    ['a refusal, then a grant', [WITHDRAW, GRANT], [false, true]],
    ['a refusal, then a default that grants', [WITHDRAW, DEFAULT_GRANTED], [false]],
    ['a refusal, then a default that denies', [WITHDRAW, DEFAULT_DENIED], [false]],
    ['a refusal of what was granted in the same script', [GRANT + WITHDRAW], [false]],
    ['a grant of what was refused in the same script', [WITHDRAW + GRANT], [true]],
    ['a grant that is withdrawn', [DEFAULT_DENIED, GRANT, WITHDRAW], [true, false]],
    ['a grant that is withdrawn twice', [GRANT, WITHDRAW, WITHDRAW], [true, false]],
    ['a default that grants, withdrawn', [DEFAULT_GRANTED, WITHDRAW], [true, false]],
    ['a withdrawal, taken back', [GRANT, WITHDRAW, GRANT], [true, false, true]],
    ['a default after the choice', [GRANT, DEFAULT_DENIED], [true]],
    ['a default for everybody but some', [DENIED_IN_SPAIN + DEFAULT_GRANTED], []],
    ['a default for everybody but some, said after it', [DEFAULT_GRANTED + DENIED_IN_SPAIN], []],
    ['a default for everybody, taken back from some', [DEFAULT_GRANTED, DENIED_IN_SPAIN], [true, false], []],
    [
      'a default taken back from some, then the refusal of one of them',
      [DEFAULT_GRANTED, DENIED_IN_SPAIN, WITHDRAW],
      [true, false, false],
    ],
    ['a default that denies it to some', [DENIED_IN_SPAIN], []],
    ['the choice of one who may be from there', [DENIED_IN_SPAIN + DEFAULT_GRANTED, GRANT], [true]],
    ['the refusal of one who may be from there', [DENIED_IN_SPAIN + DEFAULT_GRANTED, WITHDRAW], [false]],
    [
      'a default for one region only',
      [`gtag('consent', 'default', { 'analytics_storage': 'granted', 'region': ['US'] });`],
      [],
    ],
    [
      'a list of no regions',
      [`gtag('consent', 'default', { 'analytics_storage': 'granted', 'region': [] });`],
      [true],
    ],
    ['other types', [DEFAULT_DENIED, `gtag('consent', 'update', { 'ad_storage': 'granted' });`], []],
    ['a refusal of other types', [`gtag('consent', 'update', { 'ad_storage': 'denied' });`], []],
    ['a word that is none', [`gtag('consent', 'update', { 'analytics_storage': 'yes' });`], []],
    ['a command that is none', [`gtag('consent', 'upgrade', { 'analytics_storage': 'granted' });`], []],
    ['a refusal by none', [`gtag('consent', 'upgrade', { 'analytics_storage': 'denied' });`], []],
    ['other commands', [`gtag('js', new Date()); gtag('config', 'G-1'); gtag('consent'); gtag();`], []],
    ['an array', [`dataLayer.push(['consent', 'update', { analytics_storage: 'granted' }]);`], []],
    ['an array that denies', [`dataLayer.push(['consent', 'update', { analytics_storage: 'denied' }]);`], []],
    ['events', [`dataLayer.push({ event: 'consent', analytics_storage: 'granted' }, null, 1, 'x');`], []],
    ['settings that throw', [`gtag('consent', 'update', { get analytics_storage() { throw 1; } });`], []],
  ];

  for (const [name, scripts, expected, found = expected.slice(-1)] of SCRIPTS) {
    it(`hears ${name}`, async () => {
      run(SNIPPET);
      const { heard } = connect();
      for (const script of scripts) {
        run(script);
        await settle();
      }
      assert.deepEqual(heard, expected);
    });

    it(`finds ${name}, said before it came`, async () => {
      run(SNIPPET + scripts.join(';'));
      const { heard } = connect();
      assert.deepEqual(heard, found);
      await settle();
      assert.deepEqual(heard, found);
    });
  }

  /** Updates of two types that both have to be granted. */
  const OF_TWO: readonly (readonly [string, readonly object[], readonly boolean[]])[] = [
    ['a grant of one', [{ analytics_storage: 'granted' }], []],
    [
      'a grant of one, then of the other',
      [{ analytics_storage: 'granted' }, { functionality_storage: 'granted' }],
      [true],
    ],
    [
      'a grant of both, one of them withdrawn, then the other',
      [
        { analytics_storage: 'granted', functionality_storage: 'granted' },
        { analytics_storage: 'denied' },
        { functionality_storage: 'denied' },
      ],
      [true, false],
    ],
    ['a refusal of one', [{ functionality_storage: 'denied' }], [false]],
    [
      'a refusal of one with a grant of the other',
      [{ analytics_storage: 'granted', functionality_storage: 'denied' }],
      [false],
    ],
    [
      'a grant of one, then a refusal of the other',
      [{ analytics_storage: 'granted' }, { functionality_storage: 'denied' }],
      [false],
    ],
    [
      'a refusal of one, then of the other',
      [{ analytics_storage: 'denied' }, { functionality_storage: 'denied' }],
      [false],
    ],
    [
      'a refusal of both, one of them taken back',
      [{ analytics_storage: 'denied', functionality_storage: 'denied' }, { analytics_storage: 'granted' }],
      [false],
    ],
    [
      'a refusal of one, taken back while the other is unknown, and refused again',
      [{ analytics_storage: 'denied' }, { analytics_storage: 'granted' }, { analytics_storage: 'denied' }],
      [false, false],
    ],
  ];

  for (const [name, updates, expected] of OF_TWO) {
    it(`hears of two types ${name}`, async () => {
      run(SNIPPET + DEFAULT_DENIED);
      const { heard } = connect(['analytics_storage', 'functionality_storage']);
      for (const update of updates) {
        run(`gtag('consent', 'update', ${JSON.stringify(update)})`);
        await settle();
      }
      assert.deepEqual(heard, expected);
    });
  }

  it('is granted nothing where it asks for no type, and refused nothing', async () => {
    run(SNIPPET + GRANT);
    const { heard } = connect([]);
    run(WITHDRAW);
    await settle();
    assert.deepEqual(heard, []);
  });

  const WRAPPINGS: readonly (readonly [string, string, string])[] = [
    ['before it', TAG_MANAGER, ''],
    ['after it', '', TAG_MANAGER],
    ['before it and after it', TAG_MANAGER, TAG_MANAGER],
    ['after it, calling nobody', '', USURPER],
    ['after it, then by one that calls nobody', TAG_MANAGER, TAG_MANAGER + USURPER],
    ['after it, calling nobody, then by one that calls', '', USURPER + TAG_MANAGER],
  ];

  for (const [name, before, after] of WRAPPINGS) {
    it(`loses nothing where push is replaced ${name}`, async () => {
      run(SNIPPET + before);
      const { heard } = connect();
      run(after);
      // More than the tag manager leaves there.
      for (const script of [DEFAULT_DENIED, GRANT, WITHDRAW, GRANT, WITHDRAW]) {
        run(script);
        await settle();
      }
      assert.deepEqual(heard, [true, false, true, false]);
    });
  }

  it('passes on what is pushed, once, and what push answers', () => {
    run(SNIPPET + TAG_MANAGER);
    connect();
    connect();
    assert.equal(layer().push({ event: 'one' }, { event: 'two' }), 2);
    assert.deepEqual(layer(), [{ event: 'one' }, { event: 'two' }]);
    assert.deepEqual(Reflect.get(window, 'processed'), [{ event: 'one' }, { event: 'two' }]);
  });

  it('reads in the order of what was said, also where a tag answers at once', async () => {
    run(SNIPPET);
    const { heard } = connect();
    run(`(function (l, old) {
      old = l.push;
      l.push = function (entry) {
        var result = old.apply(l, arguments);
        if (entry[2].analytics_storage === 'granted') gtag('consent', 'update', { analytics_storage: 'denied' });
        return result;
      };
    })(dataLayer);`);
    run(GRANT);
    await settle();
    assert.deepEqual(heard, [false]);
    assert.equal(layer().length, 2);
  });

  it('leaves an error of the page to the page', () => {
    run(SNIPPET);
    connect();
    layer().push = () => {
      throw new Error('of the page');
    };
    assert.throws(() => layer().push({}), 'of the page');
  });

  it('leaves push as it was', () => {
    run(SNIPPET);
    connect().disconnect();
    assert.isUndefined(ownPush());
    assert.equal(layer().push, Array.prototype.push);
  });

  it('leaves the tag manager as it was', () => {
    run(SNIPPET + TAG_MANAGER);
    const before = ownPush();
    connect().disconnect();
    assert.deepEqual(ownPush(), before);
  });

  it('leaves the tag manager that came after it', async () => {
    run(SNIPPET);
    const { heard, disconnect } = connect();
    const theirs = () => 7;
    layer().push = theirs;
    disconnect();
    assert.equal(layer().push, theirs);
    assert.isTrue(ownPush()?.writable);
    run(TAG_MANAGER + GRANT);
    await settle();
    assert.deepEqual(heard, []);
  });

  it('leaves what was defined over it', () => {
    run(SNIPPET);
    const { disconnect } = connect();
    const theirs = () => 7;
    Object.defineProperty(layer(), 'push', { value: theirs });
    disconnect();
    assert.equal(layer().push, theirs);
  });

  it('hears nothing after it has left, not even what is on its way', async () => {
    run(SNIPPET);
    const { heard, disconnect } = connect();
    run(GRANT);
    disconnect();
    run(WITHDRAW + GRANT);
    await settle();
    assert.deepEqual(heard, []);
  });

  it('is there before the snippet', async () => {
    const { heard } = connect();
    run(SNIPPET + DEFAULT_DENIED + GRANT);
    await settle();
    assert.deepEqual(heard, [true]);
  });

  it('takes a page as it is', async () => {
    for (const odd of [null, 'dataLayer', { push: () => 0 }]) {
      assert.deepEqual(connect(['analytics_storage'], odd).heard, []);
    }
    run(SNIPPET + GRANT);
    const frozen = connect(['analytics_storage'], Object.freeze(layer()));
    assert.deepEqual(frozen.heard, [true]);
    frozen.disconnect();
    await settle();
  });
});

describe('Transparency and Consent Framework', () => {
  type Callback = (data: unknown, isDone: boolean) => void;
  type Call = readonly [command?: string, version?: number, callback?: Callback, parameter?: unknown];
  type Api = (...call: Call) => unknown;
  const setApi = (api: Api) => Reflect.set(window, '__tcfapi', api);

  /** "How does the CMP stub API work?": a queue, and a frame by which frames find it. */
  function stub(): Call[] {
    const queue: Call[] = [];
    const frame = document.createElement('iframe');
    frame.style.display = 'none';
    frame.name = '__tcfapiLocator';
    document.body.append(frame);
    setApi((...call) => {
      const [command, , callback] = call;
      if (command === undefined) return queue;
      if (command === 'ping') callback?.({ cmpLoaded: false, cmpStatus: 'stub', apiVersion: '2' }, true);
      else queue.push(call);
      return undefined;
    });
    return queue;
  }

  /** A CMP as the specification has it, which takes the place of the stub, if there is one. */
  function load(first: object = { gdprApplies: undefined, cmpStatus: 'loading' }) {
    const listeners = new Map<number, Callback>();
    const commands: string[] = [];
    let data = first;
    let lastId = 0;
    const queue = (Reflect.get(window, '__tcfapi') as Api | undefined)?.() as Call[] | undefined;
    const api: Api = (command = '', version, callback, parameter) => {
      commands.push(`${command} ${version}`);
      if (command === 'addEventListener' && callback) {
        listeners.set(++lastId, callback);
        callback({ ...data, listenerId: lastId }, true);
      } else if (command === 'removeEventListener') {
        callback?.(listeners.delete(parameter as number), true);
      } else callback?.(null, false);
    };
    setApi(api);
    queue?.forEach((call) => api(...call));
    return {
      listeners,
      commands,
      emit(next: object) {
        data = next;
        for (const [listenerId, callback] of [...listeners]) callback({ ...data, listenerId }, true);
      },
    };
  }

  /** @param purposes that were consented to; of the others the CMP says no, or nothing at all */
  const chosen = (eventStatus: string, purposes: number[], vendors: number[] = []) => ({
    gdprApplies: true,
    eventStatus,
    cmpStatus: 'loaded',
    purpose: { consents: { 1: false, ...Object.fromEntries(purposes.map((id) => [id, true])) } },
    vendor: { consents: Object.fromEntries(vendors.map((id) => [id, true])) },
  });

  const PURPOSES = { purposes: [1, 8] };

  function connect(settings: Parameters<typeof connectTcf>[0] = PURPOSES) {
    const heard: boolean[] = [];
    const disconnect = connectTcf(settings, (isGranted) => heard.push(isGranted));
    disconnections.push(disconnect);
    return { heard, disconnect };
  }

  /** What a CMP says, one after the other. */
  const SAYINGS: readonly (readonly [string, readonly object[], readonly boolean[]])[] = [
    ['a choice from before', [chosen('tcloaded', [1, 8])], [true]],
    ['a refusal from before', [chosen('tcloaded', [])], [false]],
    ['a part of it', [chosen('tcloaded', [1])], [false]],
    ['more than asked for', [chosen('tcloaded', [1, 2, 8, 9])], [true]],
    ['a question', [chosen('cmpuishown', [])], []],
    ['a question, answered', [chosen('cmpuishown', []), chosen('useractioncomplete', [1, 8])], [true]],
    ['a question, refused', [chosen('cmpuishown', []), chosen('useractioncomplete', [])], [false]],
    [
      'an answer that stands while it is asked again',
      [chosen('tcloaded', [1, 8]), chosen('cmpuishown', [])],
      [true],
    ],
    [
      'a withdrawal',
      [chosen('tcloaded', [1, 8]), chosen('cmpuishown', [1, 8]), chosen('useractioncomplete', [1])],
      [true, false],
    ],
    [
      'a refusal that is repeated',
      [chosen('tcloaded', []), chosen('useractioncomplete', [2]), chosen('useractioncomplete', [3])],
      [false],
    ],
    [
      'that the GDPR does not apply',
      [{ gdprApplies: false, cmpId: 1, cmpVersion: 1, tcfPolicyVersion: 4 }],
      [true],
    ],
    [
      'that it does not know whether the GDPR applies',
      [{ ...chosen('tcloaded', [1, 8]), gdprApplies: undefined }],
      [],
    ],
    ['no status', [chosen('', [1, 8])], []],
    ['a status that is none', [chosen('granted', [1, 8])], []],
    ['no purposes', [{ gdprApplies: true, eventStatus: 'tcloaded' }], []],
    ['purposes that are none', [{ ...chosen('tcloaded', []), purpose: { consents: 'all' } }], []],
    [
      'consents that are none',
      [{ ...chosen('tcloaded', []), purpose: { consents: { 1: 'yes', 8: 1 } } }],
      [],
    ],
    ['nothing', [{}], []],
  ];

  for (const [name, sayings, expected] of SAYINGS) {
    it(`hears ${name}`, () => {
      stub();
      const { heard } = connect();
      const cmp = load();
      assert.deepEqual(heard, []);
      for (const saying of sayings) cmp.emit(saying);
      assert.deepEqual(heard, expected);
      assert.deepEqual(cmp.commands, ['addEventListener 2']);
    });
  }

  it('asks for the vendor, too', () => {
    const cmp = load();
    const { heard } = connect({ purposes: [1], vendor: 755 });
    cmp.emit(chosen('tcloaded', [1]));
    cmp.emit(chosen('useractioncomplete', [1], [755]));
    assert.deepEqual(heard, [false, true]);
  });

  it('is granted nothing where it asks for nothing', () => {
    load(chosen('tcloaded', [1]));
    assert.deepEqual(connect({ purposes: [] }).heard, []);
  });

  it('asks a CMP that has loaded already', () => {
    load(chosen('tcloaded', [1, 8]));
    assert.deepEqual(connect().heard, [true]);
  });

  it('waits for a stub that comes late', async () => {
    const { heard } = connect();
    document.body.append(document.createElement('div'));
    await settle();
    const queue = stub();
    await settle();
    assert.lengthOf(queue, 1);
    document.body.append(document.createElement('div'));
    await settle();
    assert.lengthOf(queue, 1);
    load(chosen('tcloaded', [1, 8]));
    assert.deepEqual(heard, [true]);
  });

  it('looks once more when the page has loaded', () => {
    const { heard } = connect();
    load(chosen('tcloaded', [1, 8]));
    assert.deepEqual(heard, []);
    dispatchEvent(new Event('load'));
    assert.deepEqual(heard, [true]);
    dispatchEvent(new Event('load'));
    assert.deepEqual(heard, [true]);
  });

  it('removes its listener, and no other', () => {
    const cmp = load(chosen('tcloaded', [1, 8]));
    (Reflect.get(window, '__tcfapi') as Api)('addEventListener', 2, () => undefined);
    const { heard, disconnect } = connect();
    disconnect();
    assert.deepEqual([...cmp.listeners.keys()], [1]);
    cmp.emit(chosen('useractioncomplete', []));
    assert.deepEqual(heard, [true]);
  });

  it('removes its listener also where it was queued still', () => {
    stub();
    const { heard, disconnect } = connect();
    disconnect();
    const cmp = load(chosen('tcloaded', [1, 8]));
    assert.equal(cmp.listeners.size, 0);
    assert.deepEqual(heard, []);
  });

  it('leaves a page without a CMP as it was', async () => {
    connect().disconnect();
    const queue = stub();
    await settle();
    dispatchEvent(new Event('load'));
    assert.lengthOf(queue, 0);
  });

  const FAILURES: readonly (readonly [string, Api])[] = [
    [
      'throws',
      () => {
        throw new Error('of the CMP');
      },
    ],
    ['refuses the listener', (_command, _version, callback) => callback?.(null, false)],
    ['says nothing', () => undefined],
    ['answers null', (_command, _version, callback) => callback?.(null, true)],
    ['answers a word', (_command, _version, callback) => callback?.('granted', true)],
    [
      'refuses it, whatever it says',
      (_command, _version, callback) => callback?.(chosen('tcloaded', [1, 8]), false),
    ],
    [
      'answers what throws',
      (_command, _version, callback) =>
        callback?.(
          new Proxy(
            {},
            {
              get: () => {
                throw new Error('of the CMP');
              },
            },
          ),
          true,
        ),
    ],
  ];

  for (const [name, api] of FAILURES) {
    it(`knows nothing where the CMP ${name}`, () => {
      setApi(api);
      const { heard, disconnect } = connect();
      disconnect();
      assert.deepEqual(heard, []);
    });
  }

  it('leaves where the CMP does not let it', () => {
    const cmp = load(chosen('tcloaded', [1, 8]));
    const { heard, disconnect } = connect();
    setApi(() => {
      throw new Error('of the CMP');
    });
    disconnect();
    cmp.emit(chosen('useractioncomplete', []));
    assert.deepEqual(heard, [true]);
  });
});
