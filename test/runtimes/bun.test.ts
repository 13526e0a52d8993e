import { describeRelay } from '../server/relay-suite.ts';
import { describeProcess } from './process-suite.ts';
import { startOn } from './start-relay.ts';
import { describeStoreOf } from './store-suite.ts';

describeRelay('Bun', startOn('bun'), true);
describeProcess('bun');
describeStoreOf('bun');
