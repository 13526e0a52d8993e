import { describeSends } from '../send-cases.ts';

describeSends({
  call: 'canvas/trigger/send',
  permission: 'canvas.trigger.send',
  idName: 'canvas_id',
  properties: 'context',
  shelf: 'canvases',
  got: 'canvas_entries',
  unknownId: 'Invalid Canvas ID',
});
