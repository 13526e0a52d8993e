/**
 * `dist/`: what the relay serves. The conversation comes first, as ES modules whose names carry their content's hash; then the
 * loader, a classic script (one function scope, no import) that knows those names. `build/module/`: the same for bundlers. `build/demo/`:
 * scripts of the emulator's inspector and of the demo's pages.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stderr } from 'node:process';
import minifyLiterals from '@lit-labs/rollup-plugin-minify-html-literals';
import resolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import esbuild from 'rollup-plugin-esbuild';

/** ES2022 is what browsers have that know `light-dark()`, on which the styles rely: from May 2024 on. */
const TARGET = 'es2022';

/**
 * Lit's code that never runs in the widget: what it is, in exactly the release that `package.json` names, and what is shipped in its place.
 * No browser of ours has Lit's polyfills or cannot construct a style sheet (none that knows `light-dark()`), so no build of ours can make
 * a `<style>`. And our own code has none of what is looked for in `UNSHIPPED`: directives, decorators, templates of SVG and MathML or with
 * something to fill in a comment or in a `<textarea>`, what properties may be beside texts and booleans, and what an element may hear of its
 * updates beside `update` and `updated`.
 */
const NEVER_RUN = {
  '@lit/reactive-element/css-tag.js': [
    [
      't.ShadowRoot&&(void 0===t.ShadyCSS||t.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype',
      'true',
    ],
    ['s.adoptedStyleSheets=o.map(t=>t instanceof CSSStyleSheet?t:t.styleSheet)', 's.adoptedStyleSheets=o'],
  ],
  '@lit/reactive-element/reactive-element.js': [
    [',p=a.reactiveElementPolyfillSupport', ''],
    [',p?.({ReactiveElement:y}),(a.reactiveElementVersions??=[]).push("2.1.2")', ''],
    // Decorators.
    ['Symbol.metadata??=Symbol("metadata"),a.litPropertyMetadata??=new WeakMap;', ''],
    [
      'const t=this[Symbol.metadata];if(null!==t){const s=litPropertyMetadata.get(t);if(void 0!==s)for(const[t,i]of s)this.elementProperties.set(t,i)}',
      '',
    ],
    ['static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}', ''],
    [',void 0!==t.l&&(this.l=[...t.l])', ''],
    [',this.constructor.l?.forEach(t=>t(this))', ''],
    [',this.prototype.hasOwnProperty(t)&&((s=Object.create(s)).wrapped=!0)', ''],
    [
      'const t=this.constructor.elementProperties;if(t.size>0)for(const[s,i]of t){const{wrapped:t}=i,e=this[s];!0!==t||this._$AL.has(s)||void 0===e||this.C(s,void 0,i,e)}',
      '',
    ],
    // Properties.
    ['case Object:case Array:t=null==t?t:JSON.stringify(t)', ''],
    [
      'case Number:i=null===t?null:Number(t);break;case Object:case Array:try{i=JSON.parse(t)}catch(t){i=null}',
      '',
    ],
    [
      '"function"==typeof t.converter?{fromAttribute:t.converter}:void 0!==t.converter?.fromAttribute?t.converter:u',
      'u',
    ],
    ['(void 0!==i.converter?.toAttribute?i.converter:u)', 'u'],
    ['||i.useDefault&&i.reflect&&h===this._$Ej?.get(t)&&!this.hasAttribute(r._$Eu(t,i))', ''],
    ['this[e]=r??this._$Ej?.get(e)??r', 'this[e]=r'],
    [
      'C(t,s,{useDefault:i,reflect:e,wrapped:h},r){i&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,r??s??this[t]),!0!==h||void 0!==r)||(this._$AL.has(t)||(this.hasUpdated||i||(s=void 0),this._$AL.set(t,s)),!0===e',
      'C(t,s,{reflect:e}){this._$AL.has(t)||(this.hasUpdated||(s=void 0),this._$AL.set(t,s)),(!0===e',
    ],
    [',b={attribute:!0,type:String,converter:u,reflect:!1,useDefault:!1,hasChanged:f}', ''],
    ['createProperty(t,s=b)', 'createProperty(t,s)'],
    [
      'if(s.state&&(s.attribute=!1),this._$Ei(),this.elementProperties.set(t,s),!s.noAccessor){const i=Symbol(),h=this.getPropertyDescriptor(t,i,s);void 0!==h&&e(this.prototype,t,h)}',
      'this._$Ei(),this.elementProperties.set(t,s),e(this.prototype,t,this.getPropertyDescriptor(t,Symbol(),s))',
    ],
    [
      'const{get:e,set:r}=h(this.prototype,t)??{get(){return this[s]},set(t){this[s]=t}};return{get:e,set(s){const h=e?.call(this);r?.call(this,s),this.requestUpdate(t,h,i)}',
      'return{get(){return this[s]},set(e){const h=this[s];this[s]=e,this.requestUpdate(t,h,i)}',
    ],
    ['static getPropertyOptions(t){return this.elementProperties.get(t)??b}', ''],
    ['const t=i.getPropertyOptions(e)', 'const t=i.elementProperties.get(e)'],
    [
      'requestUpdate(t,s,i,e=!1,h){if(void 0!==t){const r=this.constructor;if(!1===e&&(h=this[t]),i??=r.getPropertyOptions(t),!((i.hasChanged??f)(h,s)))return;',
      'requestUpdate(t,s,i){if(void 0!==t){if(!f(this[t],s))return;',
    ],
    ['"string"==typeof i?i:"string"==typeof t?t.toLowerCase():void 0', 'i??t.toLowerCase()'],
    ['const i=s.attribute;return!1===i?void 0:', 'const i=s.attribute;return '],
    ['void 0!==i&&this._$Eh.set(i,t)', 'this._$Eh.set(i,t)'],
    ['if(void 0!==e&&!0===i.reflect)', 'if(i.reflect)'],
    // Elements of which others are made: ours is the only one.
    [
      'const t=n(this);t.finalize(),this.elementProperties=new Map(t.elementProperties)',
      'this.elementProperties=new Map',
    ],
    [
      'if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(d("properties"))){const t=this.properties,s=[...r(t),...o(t)];for(const i of s)this.createProperty(i,t[i])}',
      'this.finalized=!0,this._$Ei();const t=this.properties;for(const s of r(t))this.createProperty(s,t[s]);',
    ],
    [',getOwnPropertyDescriptor:h', ''],
    [',getOwnPropertySymbols:o,getPrototypeOf:n', ''],
    // Sheets that stand there twice, or in lists of lists.
    [
      'static finalizeStyles(s){const i=[];if(Array.isArray(s)){const e=new Set(s.flat(1/0).reverse());for(const s of e)i.unshift(t(s))}else void 0!==s&&i.push(t(s));return i}',
      '',
    ],
    ['this.elementStyles=this.finalizeStyles(this.styles)', 'this.elementStyles=this.styles'],
    ['y.elementStyles=[],', ''],
    // An attribute that is there and empty: of no custom element it is a script.
    [',c=a.trustedTypes,l=c?c.emptyScript:""', ',l=""'],
    // What an element may hear of its updates, beside `update` and `updated`, and a controller of any.
    [
      'let t=!1;const s=this._$AL;try{t=this.shouldUpdate(s),t?(this.willUpdate(s),this._$EO?.forEach(t=>t.hostUpdate?.()),this.update(s)):this._$EM()}catch(s){throw t=!1,this._$EM(),s}t&&this._$AE(s)}willUpdate(t){}',
      'const s=this._$AL;try{this.update(s)}catch(s){throw this._$EM(),s}this._$AE(s)}',
    ],
    [
      'this._$EO?.forEach(t=>t.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),',
      'this.hasUpdated=!0,',
    ],
    ['updated(t){}firstUpdated(t){}', ''],
    ['shouldUpdate(t){return!0}', ''],
    [
      'const t=this.scheduleUpdate();return null!=t&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}',
      'return this.performUpdate(),!this.isUpdatePending}',
    ],
    ['if(!this.isUpdatePending)return;', ''],
    [
      'const t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions)',
      'const t=this.attachShadow({mode:"open"})',
    ],
    ['y.shadowRootOptions={mode:"open"},', ''],
    ['return this.getUpdateComplete()}getUpdateComplete(){', ''],
  ],
  'lit-element/lit-element.js': [
    [
      ',s.litElementHydrateSupport?.({LitElement:i});const o=s.litElementPolyfillSupport;o?.({LitElement:i})',
      '',
    ],
    ['(s.litElementVersions??=[]).push("4.2.2");', ''],
    // Directives hear of this.
    [',this._$Do?.setConnected(!0)', ''],
    [',this._$Do?.setConnected(!1)', ''],
    ['this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),', ''],
    ['connectedCallback(){super.connectedCallback()}', ''],
    ['disconnectedCallback(){super.disconnectedCallback()}', ''],
    [',this._$Do=void 0', ''],
    ['this._$Do=e(', 'e('],
    // A root that has something in it before.
    [
      'createRenderRoot(){const t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}',
      '',
    ],
    // Elements that render nothing, and such as are made in other places than here.
    ['render(){return r}', ''],
    ['i._$litElement$=!0,', ''],
  ],
  'lit-html/lit-html.js': [
    [',B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3")', ''],
    // Other languages than HTML.
    [',w=x(2),T=x(3)', ''],
    [',T as mathml', ''],
    [',w as svg', ''],
    ['l=2===i?"<svg>":3===i?"<math>":""', 'l=""'],
    ['+(2===i?"</svg>":3===i?"</math>":"")', ''],
    [
      'if(this.el=S.createElement(f,e),P.currentNode=this.el.content,2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}',
      'this.el=S.createElement(f,e),P.currentNode=this.el.content;',
    ],
    // Elements whose content is text alone: none has any.
    ['(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),c=p)', '(c=p)'],
    [
      'if(y.test(r.tagName)){const t=r.textContent.split(o),i=t.length-1;if(i>0){r.textContent=s?s.emptyScript:"";for(let s=0;s<i;s++)r.append(t[s],c()),P.nextNode(),d.push({type:2,index:++l});r.append(t[i],c())}}',
      '',
    ],
    ['c=n??v,d=-1', 'c=v,d=-1'],
    ['(c=p,n=void 0)', '(c=p)'],
    // Templates that were compiled.
    [
      '"number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s)',
      'this._$AC(t)',
    ],
    ['else{let t=-1;for(;-1!==(t=r.data.indexOf(o,t+1));)d.push({type:7,index:l}),t+=o.length-1}', ''],
    // Directives, and all that only they ask.
    [
      'function M(t,i,s=t,e){if(i===E)return i;let h=void 0!==e?s._$Co?.[e]:s._$Cl;const o=a(i)?void 0:i._$litDirective$;return h?.constructor!==o&&(h?._$AO?.(!1),void 0===o?h=void 0:(h=new o(t),h._$AT(t,s,e)),void 0!==e?(s._$Co??=[])[e]=h:s._$Cl=h),void 0!==h&&(i=M(t,h._$AS(t,i.values),h,e)),i}',
      'const M=(t,i)=>i;',
    ],
    ['else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));', ''],
    [':6===r.type&&(i=new Z(h,this,t))', ':0'],
    [
      'class Z{constructor(t,i,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=i,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){M(this,t)}}',
      '',
    ],
    [',F:Z', ''],
    ['this._$AP?.(!1,!0,s);', ';'],
    ['setConnected(t){void 0===this._$AM&&(this._$Cv=t,this._$AP?.(t))}', ''],
    ['get _$AU(){return this._$AM?._$AU??this._$Cv}', ''],
    [',this._$Cv=e?.isConnected??!0', ''],
    ['get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}', ''],
    ['get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}', ''],
    [
      'get parentNode(){let t=this._$AA.parentNode;const i=this._$AM;return void 0!==i&&11===t?.nodeType&&(t=i.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}',
      '',
    ],
    ['this.type=2,this._$AH=A,this._$AN=void 0,', 'this._$AH=A,'],
    ['this.type=1,this._$AH=A,this._$AN=void 0,', 'this._$AH=A,'],
    ['this._$AV=[],this._$AN=void 0,', 'this._$AV=[],'],
    ['constructor(){super(...arguments),this.type=3}', ''],
    ['constructor(){super(...arguments),this.type=4}', ''],
    ['constructor(t,i,s,e,h){super(t,i,s,e,h),this.type=5}', ''],
  ],
};

/** In our own code: what needs any of that. */
const UNSHIPPED =
  /from 'lit(?:-html)?\/|import.*\b(?:svg|mathml)\b.*'lit'|\b(?:useDefault|converter):|\btype: (?:Number|Object|Array)\b|<!--|<\/(?:script|style|title)>|[^>]<\/textarea>|\b(?:noAccessor|state): true\b|\battribute: (?:true|false)\b|\b(?:hostUpdated?|willUpdate|firstUpdated|shouldUpdate|scheduleUpdate|getUpdateComplete)\b/;

/** Fails where Lit has changed, or our own code would need what is left out. */
const onlyWhatRuns = {
  name: 'parley-only-what-runs',
  transform(code, id) {
    const needed = id.endsWith('.ts') && UNSHIPPED.exec(code.replace(/\/\*[^]*?\*\//g, ''));
    if (needed) this.error(`Of Lit the widget does not ship what this needs: ${needed[0]}`);
    const file = Object.keys(NEVER_RUN).find((path) => id.endsWith(`/node_modules/${path}`));
    if (file === undefined) return null;
    return NEVER_RUN[file].reduce((left, [part, instead]) => {
      if (left.split(part).length !== 2) this.error(`Another Lit: it should have this once: ${part}`);
      return left.replace(part, () => instead);
    }, code);
  },
};

/** Of every script. The literals have to be minified before esbuild rewrites them. */
export const toScripts = [
  resolve({ exportConditions: ['production'] }),
  minifyLiterals({ include: ['**/*.ts'], failOnError: true }),
  esbuild({ target: TARGET, tsconfig: false }),
  terser({
    ecma: 2022,
    compress: { passes: 3, hoist_funs: true, pure_getters: true, unsafe_arrows: true },
    mangle: { properties: false },
    format: { comments: false },
  }),
];

/**
 * Nearly all of what comes first runs at once: V8 is to compile it while it arrives, beside the main thread, and not function by function as
 * each is called. https://v8.dev/blog/explicit-compile-hints
 */
const compiledAtOnce = {
  name: 'parley-compiled-at-once',
  renderChunk: (code, { name }) => (name === 'parley-chat' ? `//# allFunctionsCalledOnLoad\n${code}` : null),
};

/** Of what is shipped. */
export const plugins = [onlyWhatRuns, ...toScripts, compiledAtOnce];

/** Folder of the package that a module is of. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

/** The licences of what is in the scripts, as they ask for it: beside the scripts, where it costs no page a byte. */
const namesLicences = {
  name: 'parley-names-licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap(({ modules }) => Object.keys(modules ?? {}));
    const folders = new Set(modules.flatMap((id) => PACKAGE.exec(id.replaceAll('\\', '/')) ?? []));
    const notices = [...folders].sort().map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
      if (files.length === 0) this.error(`${name} has no file with its licence`);
      const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
      return `${name} ${version}\n\n${texts.join('\n\n')}\n`;
    });
    const source = notices.join(`\n${'-'.repeat(80)}\n\n`);
    if (source !== '') this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-LICENSES.txt', source });
  },
};

const ASSETS = 'assets/[name]-[hash].js';

/**
 * What the loader fetches, and what that fetches: the first entry is what every conversation loads, the others what only some pages ask for;
 * the other chunks only some flows need.
 */
export const conversation = {
  input: { 'parley-chat': 'widget/define.ts', triggers: 'widget/launcher-triggers.ts' },
  // Without a file that does nothing but name what the others export.
  preserveEntrySignatures: 'allow-extension',
  output: { dir: 'dist', format: 'es', entryFileNames: ASSETS, chunkFileNames: ASSETS },
};

/** For bundlers: what the package is imported as. They bring the libraries, so that an application that has them too has them once. */
const forBundlers = {
  input: { 'parley-chat': 'widget/module.ts', server: 'widget/on-server.ts' },
  external: /^(lit|@lit|idb-keyval|libphonenumber-js)(\/|$)/,
  output: {
    dir: 'build/module',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  },
};

/**
 * A module knows where it lies, a classic script that a bundler makes of it does not: it failed where it asked. And where an application
 * puts it, there is no relay: the page says where that is.
 */
const knowsNoPlace = {
  name: 'parley-knows-no-place',
  transform(code, id) {
    if (!id.endsWith('/widget/parley-chat.ts')) return null;
    const place = "new URL('..', import.meta.url).href";
    if (!code.includes(place)) this.error(`Not there to be replaced: ${place}`);
    return code.replace(place, 'document.baseURI');
  },
};

let files;

/** Clears what an earlier build left. */
const clear = (folder) => ({
  name: 'parley-clear',
  buildStart: () => rmSync(folder, { recursive: true, force: true }),
});

/** Remembers under which names the entries are written. */
const rememberFiles = {
  name: 'parley-remember-files',
  generateBundle(_, bundle) {
    const entries = Object.values(bundle).filter(({ isEntry }) => isEntry);
    const named = entries.map(({ name, fileName }) => [name === 'parley-chat' ? 'chat' : name, fileName]);
    files = Object.fromEntries(named);
  },
};

/** Tells the loader those names. */
const nameFiles = {
  name: 'parley-name-files',
  transform: (code, id) =>
    id.endsWith('/widget/parley.ts')
      ? code.replace(/\bFILES\.(\w+)/g, (_, name) => JSON.stringify(files[name]))
      : null,
};

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

/**
 * The loader is written twice: the one of its version never changes, and a page may name its hash (Subresource Integrity). Prints how.
 */
const writeOfVersion = {
  name: 'parley-write-of-version',
  generateBundle(_, bundle) {
    const { code } = bundle['parley.js'];
    const fileName = `${version}/parley.js`;
    this.emitFile({ type: 'asset', fileName, source: code });
    const hash = `sha384-${createHash('sha384').update(code).digest('base64')}`;
    const hashes = { 'parley.js': hash, [fileName]: hash };
    this.emitFile({
      type: 'asset',
      fileName: 'integrity.json',
      source: `${JSON.stringify(hashes, null, 2)}\n`,
    });
    // Beside what other scripts print.
    stderr.write(
      `/parley.js and /${fileName} are ${hash}\n\n` +
        `<script async crossorigin="anonymous" src="https://relay.example.com/${fileName}"\n` +
        `  integrity="${hash}" data-flow="welcome"></script>\n`,
    );
  },
};

export default [
  { ...conversation, plugins: [...plugins, clear('dist'), rememberFiles, namesLicences] },
  {
    input: 'widget/parley.ts',
    // Nothing in it is another thing in strict mode, and each byte counts.
    output: { file: 'dist/parley.js', format: 'iife', strict: false },
    plugins: [nameFiles, ...plugins, writeOfVersion],
  },
  { ...forBundlers, plugins: [knowsNoPlace, ...plugins, clear('build/module'), namesLicences] },
  {
    input: 'demo/braze/inspector/inspector.ts',
    output: { file: 'build/demo/inspector.js', format: 'es' },
    plugins: toScripts,
  },
  { input: 'demo/live/live.ts', output: { file: 'build/demo/live.js', format: 'es' }, plugins: toScripts },
];
