import { describeRelay } from '../server/relay-suite.ts';
import { startOn } from './start-relay.ts';

describeRelay('Bun', startOn('bun'), true);
