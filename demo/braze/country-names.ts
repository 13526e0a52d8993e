/**
 * Countries by ISO 3166-1: code of two letters, code of three, and the usual names in English, some of them old or of a part
 * of the country. Kosovo has the code that is in use for it. How names are compared: `country.ts`.
 */
export const countryNames = `
  AD AND Andorra
  AE ARE United Arab Emirates; UAE
  AF AFG Afghanistan
  AG ATG Antigua and Barbuda
  AI AIA Anguilla
  AL ALB Albania
  AM ARM Armenia
  AO AGO Angola
  AQ ATA Antarctica
  AR ARG Argentina
  AS ASM American Samoa
  AT AUT Austria
  AU AUS Australia
  AW ABW Aruba
  AX ALA Åland Islands
  AZ AZE Azerbaijan
  BA BIH Bosnia and Herzegovina; Bosnia
  BB BRB Barbados
  BD BGD Bangladesh
  BE BEL Belgium
  BF BFA Burkina Faso
  BG BGR Bulgaria
  BH BHR Bahrain
  BI BDI Burundi
  BJ BEN Benin
  BL BLM St. Barthélemy
  BM BMU Bermuda
  BN BRN Brunei; Brunei Darussalam
  BO BOL Bolivia; Plurinational State of Bolivia
  BQ BES Caribbean Netherlands; Bonaire, Sint Eustatius and Saba
  BR BRA Brazil
  BS BHS Bahamas
  BT BTN Bhutan
  BV BVT Bouvet Island
  BW BWA Botswana
  BY BLR Belarus
  BZ BLZ Belize
  CA CAN Canada
  CC CCK Cocos (Keeling) Islands
  CD COD Congo-Kinshasa; Democratic Republic of the Congo; DR Congo; Democratic Republic of Congo; DRC
  CF CAF Central African Republic
  CG COG Congo-Brazzaville; Congo; Republic of the Congo; Republic of Congo
  CH CHE Switzerland
  CI CIV Côte d'Ivoire; Ivory Coast
  CK COK Cook Islands
  CL CHL Chile
  CM CMR Cameroon
  CN CHN China; People's Republic of China
  CO COL Colombia
  CR CRI Costa Rica
  CU CUB Cuba
  CV CPV Cape Verde; Cabo Verde
  CW CUW Curaçao
  CX CXR Christmas Island
  CY CYP Cyprus
  CZ CZE Czechia; Czech Republic
  DE DEU Germany; Federal Republic of Germany
  DJ DJI Djibouti
  DK DNK Denmark
  DM DMA Dominica
  DO DOM Dominican Republic
  DZ DZA Algeria
  EC ECU Ecuador
  EE EST Estonia
  EG EGY Egypt
  EH ESH Western Sahara
  ER ERI Eritrea
  ES ESP Spain
  ET ETH Ethiopia
  FI FIN Finland
  FJ FJI Fiji
  FK FLK Falkland Islands; Falklands
  FM FSM Micronesia; Federated States of Micronesia
  FO FRO Faroe Islands
  FR FRA France
  GA GAB Gabon
  GB GBR United Kingdom; UK; Great Britain; Britain; England; Scotland; Wales; Northern Ireland
  GD GRD Grenada
  GE GEO Georgia
  GF GUF French Guiana
  GG GGY Guernsey
  GH GHA Ghana
  GI GIB Gibraltar
  GL GRL Greenland
  GM GMB Gambia
  GN GIN Guinea
  GP GLP Guadeloupe
  GQ GNQ Equatorial Guinea
  GR GRC Greece
  GS SGS South Georgia and South Sandwich Islands
  GT GTM Guatemala
  GU GUM Guam
  GW GNB Guinea-Bissau
  GY GUY Guyana
  HK HKG Hong Kong; Hong Kong SAR China
  HM HMD Heard and McDonald Islands; Heard Island and McDonald Islands
  HN HND Honduras
  HR HRV Croatia
  HT HTI Haiti
  HU HUN Hungary
  ID IDN Indonesia
  IE IRL Ireland; Republic of Ireland
  IL ISR Israel
  IM IMN Isle of Man
  IN IND India
  IO IOT British Indian Ocean Territory
  IQ IRQ Iraq
  IR IRN Iran; Islamic Republic of Iran
  IS ISL Iceland
  IT ITA Italy
  JE JEY Jersey
  JM JAM Jamaica
  JO JOR Jordan
  JP JPN Japan
  KE KEN Kenya
  KG KGZ Kyrgyzstan
  KH KHM Cambodia
  KI KIR Kiribati
  KM COM Comoros
  KN KNA St. Kitts and Nevis; St Kitts
  KP PRK North Korea; Democratic People's Republic of Korea
  KR KOR South Korea; Republic of Korea; Korea
  KW KWT Kuwait
  KY CYM Cayman Islands
  KZ KAZ Kazakhstan
  LA LAO Laos; Lao People's Democratic Republic
  LB LBN Lebanon
  LC LCA St. Lucia
  LI LIE Liechtenstein
  LK LKA Sri Lanka
  LR LBR Liberia
  LS LSO Lesotho
  LT LTU Lithuania
  LU LUX Luxembourg
  LV LVA Latvia
  LY LBY Libya
  MA MAR Morocco
  MC MCO Monaco
  MD MDA Moldova; Republic of Moldova
  ME MNE Montenegro
  MF MAF St. Martin
  MG MDG Madagascar
  MH MHL Marshall Islands
  MK MKD North Macedonia; Macedonia
  ML MLI Mali
  MM MMR Myanmar; Burma; Myanmar (Burma)
  MN MNG Mongolia
  MO MAC Macao; Macau; Macao SAR China
  MP MNP Northern Mariana Islands
  MQ MTQ Martinique
  MR MRT Mauritania
  MS MSR Montserrat
  MT MLT Malta
  MU MUS Mauritius
  MV MDV Maldives
  MW MWI Malawi
  MX MEX Mexico
  MY MYS Malaysia
  MZ MOZ Mozambique
  NA NAM Namibia
  NC NCL New Caledonia
  NE NER Niger
  NF NFK Norfolk Island
  NG NGA Nigeria
  NI NIC Nicaragua
  NL NLD Netherlands; Holland
  NO NOR Norway
  NP NPL Nepal
  NR NRU Nauru
  NU NIU Niue
  NZ NZL New Zealand
  OM OMN Oman
  PA PAN Panama
  PE PER Peru
  PF PYF French Polynesia
  PG PNG Papua New Guinea
  PH PHL Philippines
  PK PAK Pakistan
  PL POL Poland
  PM SPM St. Pierre and Miquelon
  PN PCN Pitcairn Islands; Pitcairn
  PR PRI Puerto Rico
  PS PSE Palestinian Territories; State of Palestine; Palestine
  PT PRT Portugal
  PW PLW Palau
  PY PRY Paraguay
  QA QAT Qatar
  RE REU Réunion
  RO ROU Romania
  RS SRB Serbia
  RU RUS Russia; Russian Federation
  RW RWA Rwanda
  SA SAU Saudi Arabia
  SB SLB Solomon Islands
  SC SYC Seychelles
  SD SDN Sudan
  SE SWE Sweden
  SG SGP Singapore
  SH SHN St. Helena; Saint Helena, Ascension and Tristan da Cunha
  SI SVN Slovenia
  SJ SJM Svalbard and Jan Mayen
  SK SVK Slovakia
  SL SLE Sierra Leone
  SM SMR San Marino
  SN SEN Senegal
  SO SOM Somalia
  SR SUR Suriname
  SS SSD South Sudan
  ST STP São Tomé and Príncipe
  SV SLV El Salvador
  SX SXM Sint Maarten
  SY SYR Syria; Syrian Arab Republic
  SZ SWZ Eswatini; Swaziland
  TC TCA Turks and Caicos Islands
  TD TCD Chad
  TF ATF French Southern Territories
  TG TGO Togo
  TH THA Thailand
  TJ TJK Tajikistan
  TK TKL Tokelau
  TL TLS Timor-Leste; East Timor
  TM TKM Turkmenistan
  TN TUN Tunisia
  TO TON Tonga
  TR TUR Türkiye; Turkey; Republic of Türkiye
  TT TTO Trinidad and Tobago
  TV TUV Tuvalu
  TW TWN Taiwan; Province of China Taiwan
  TZ TZA Tanzania; United Republic of Tanzania
  UA UKR Ukraine
  UG UGA Uganda
  UM UMI U.S. Outlying Islands; United States Minor Outlying Islands
  US USA United States; United States of America; America
  UY URY Uruguay
  UZ UZB Uzbekistan
  VA VAT Vatican City; Holy See; Vatican; Vatican City State
  VC VCT St. Vincent and Grenadines
  VE VEN Venezuela; Bolivarian Republic of Venezuela
  VG VGB British Virgin Islands
  VI VIR U.S. Virgin Islands
  VN VNM Vietnam; Viet Nam
  VU VUT Vanuatu
  WF WLF Wallis and Futuna
  WS WSM Samoa
  XK XKX Kosovo
  YE YEM Yemen
  YT MYT Mayotte
  ZA ZAF South Africa
  ZM ZMB Zambia
  ZW ZWE Zimbabwe
`;
