/** Registers the elements of the inspector page. Entry of the page's script. */
import { ChaosPanel } from './chaos-panel.ts';
import { EmulatorInspector } from './emulator-inspector.ts';
import { FaultPanel } from './fault-panel.ts';
import { PeopleView } from './people-view.ts';
import { ProfileDetail } from './profile-detail.ts';
import { ProfileList } from './profile-list.ts';
import { RequestDetail } from './request-detail.ts';
import { RequestList } from './request-list.ts';
import { RequestsView } from './requests-view.ts';
import { ResetDialog } from './reset-dialog.ts';
import { SettingsPanel } from './settings-panel.ts';
import { documentStyles } from './theme.styles.ts';
import { Timeline } from './timeline.ts';

declare global {
  interface HTMLElementTagNameMap {
    'emulator-chaos-panel': ChaosPanel;
    'emulator-fault-panel': FaultPanel;
    'emulator-inspector': EmulatorInspector;
    'emulator-people': PeopleView;
    'emulator-profile-detail': ProfileDetail;
    'emulator-profile-list': ProfileList;
    'emulator-request-detail': RequestDetail;
    'emulator-request-list': RequestList;
    'emulator-requests': RequestsView;
    'emulator-reset-dialog': ResetDialog;
    'emulator-settings': SettingsPanel;
    'emulator-timeline': Timeline;
  }
}

if (documentStyles.styleSheet) document.adoptedStyleSheets.push(documentStyles.styleSheet);
customElements.define('emulator-timeline', Timeline);
customElements.define('emulator-profile-detail', ProfileDetail);
customElements.define('emulator-profile-list', ProfileList);
customElements.define('emulator-request-detail', RequestDetail);
customElements.define('emulator-request-list', RequestList);
customElements.define('emulator-people', PeopleView);
customElements.define('emulator-requests', RequestsView);
customElements.define('emulator-fault-panel', FaultPanel);
customElements.define('emulator-chaos-panel', ChaosPanel);
customElements.define('emulator-settings', SettingsPanel);
customElements.define('emulator-reset-dialog', ResetDialog);
customElements.define('emulator-inspector', EmulatorInspector);
