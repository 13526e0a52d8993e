import { describeSends } from '../send-cases.ts';

describeSends({
  call: 'campaigns/trigger/send',
  permission: 'campaigns.trigger.send',
  idName: 'campaign_id',
  properties: 'trigger_properties',
  shelf: 'campaigns',
  got: 'campaign_sends',
  unknownId: 'Invalid Campaign ID',
});
