function h(selector,...content){let[tag,...classes]=selector.split("."),element=document.createElement(tag);classes.length&&(element.className=classes.map(name=>`\
vfxw-${name}`).join(" "));for(let item of content)if(typeof item=="string"||item instanceof Node)element.append(item);else for(let[name,value]of Object.entries(
item))name.includes("-")?element.setAttribute(name,value):Reflect.set(element,name,value);return element}function setText(element,text){element.textContent!==text&&
(element.textContent=text)}function showNotice(element,notice){let{kind="error",message="",preserved,hint}=notice??{};element.hidden=!message,element.dataset.severity=
kind,element.replaceChildren(h("strong",message),preserved?` ${preserved}`:"",hint?` ${hint}`:"")}function uniqueId(stem){return`vfxw-${stem}-${Math.random().toString(
36).slice(2)}`}function formatCount(number,noun){return`${number.toLocaleString("en")} ${noun}${number===1?"":"s"}`}function formatClock(seconds){let whole=Math.max(0,Math.round(
seconds)),twoDigits=number=>String(number).padStart(2,"0"),hours=Math.floor(whole/3600),minutes=Math.floor(whole/60)%60;return`${hours?`${hours}:${twoDigits(minutes)}`:
minutes}:${twoDigits(whole%60)}`}function formatSize(bytes){return bytes<1e3?formatCount(bytes,"byte"):bytes<999500?`${Math.round(bytes/1e3)} kB`:`${(bytes/1e6).
toFixed(1)} MB`}function formatDuration(low,high=low){let unit=high<119.5?1:60,[from,to]=[low,high].map(seconds=>Math.max(1,Math.round(seconds/unit)));return`${from===
to?to:`${from}-${to}`} ${unit===1?"s":"min"}`}function listen({model,signal},handlers){for(let[event,handler]of Object.entries(handlers))model.on(event,handler),onAbort(signal,()=>model.off(event,handler))}
var onAbort=(signal,callback)=>signal.addEventListener("abort",callback);var CHUNK_SIZE=1<<20;function createFileUpload(kernel,dropZone,{isAllowed,onProgress}){let input=h("input",{type:"file",accept:"video/*",multiple:!0,hidden:!0,tabIndex:-1,
onchange:()=>{upload([...input.files??[]]),input.value=""}}),button=h("button.chip.small",{onclick:()=>input.click()},"Add a file…"),claim=event=>event.dataTransfer?.
types.includes("Files")?(event.preventDefault(),event.stopPropagation(),event.dataTransfer.dropEffect=isAllowed()?"copy":"none",isAllowed()):!1,highlight=on=>dropZone.
classList.toggle("vfxw-dropping",on);dropZone.ondragenter=dropZone.ondragover=event=>highlight(claim(event)),dropZone.ondragleave=({relatedTarget})=>{dropZone.contains(
relatedTarget)||highlight(!1)},dropZone.ondrop=event=>{highlight(!1),claim(event)&&upload([...event.dataTransfer?.files??[]])};let upload=async files=>{for(let file of files)
if(!await send(file))break;onProgress("")},send=async file=>{let{name,size}=file,id=uniqueId("upload");for(let offset=0;offset===0||offset<size;offset+=CHUNK_SIZE){
let chunk=await file.slice(offset,offset+CHUNK_SIZE).arrayBuffer().catch(()=>null);if(!chunk)return kernel.send({type:"upload_failed",name}),!1;let received=waitForAnswer(
id,offset);if(kernel.send({type:"upload_chunk",upload:id,name,total:size,offset},[chunk]),!await received)return!1;onProgress(`Adding ${name}: ${Math.min(100,Math.
round(100*(offset+CHUNK_SIZE)/size))} %`)}return!0},waitForAnswer=(id,offset)=>new Promise(resolve=>{let stop=[kernel.on("upload_received",message=>{message.upload===
id&&message.offset===offset&&settle(!0)}),kernel.on("upload_refused",({upload:upload2})=>{upload2===id&&settle(!1)})],settle=accepted=>{for(let remove of stop)remove();
resolve(accepted)}});return{button,input}}var SECRETS=/^.*(?:ya29\.|\bbearer\s|\beyJ[\w-]{8,}\.).*$/gim;var splitLines=text=>text.split(`
`).map(line=>line.trim());function extractSecrets(text){let secrets=text.match(SECRETS)?.join(`
`)??"";return{text:secrets?text.replace(SECRETS,"").trim():text,secrets}}var isStructured=pasted=>/[{}[\]"',;]/.test(pasted)&&!extractSecrets(pasted).secrets,replacePasted=(text,pasted,ids)=>text.
replace(pasted.replace(/\r\n?/g,`
`),()=>`${ids.join(`
`)}
`);function addLine(text,id){let lines=splitLines(text);return lines.includes(id)?text:[...lines.filter(Boolean),id].join(`
`)}function tallyLines(lines,results){let tally={clips:0,seconds:0,isValidating:!1},counted=new Set;for(let line of lines.filter(Boolean)){let result=results.get(
line);if(result||(tally.isValidating=!0),!result?.count)continue;let seconds=result.seconds?result.seconds/result.count:3.5;for(let id of new Set(idsOf(line,result)))
counted.has(id)||(counted.add(id),tally.clips+=1,tally.seconds+=seconds)}return tally}function findRepeats(lines,results){let first=new Map,repeats=new Map;return lines.
forEach((line,index)=>{let result=results.get(line);if(!result?.count)return;let ids=idsOf(line,result);ids.every(id=>first.has(id))&&repeats.set(index,first.get(
ids[0]));for(let id of ids)first.has(id)||first.set(id,index)}),repeats}var idsOf=(line,{count,media_ids})=>media_ids?.length?media_ids:Array.from({length:count},
(_,number)=>`${line} ${number}`);function describeProblems(lines,results){let repeats=findRepeats(lines,results),problems=[];return lines.forEach((line,index)=>{
let result=line&&results.get(line),first=repeats.get(index),number=`Line ${index+1}`;first!==void 0?problems.push({verdict:"repeat",text:`${number}: repeats lin\
e ${first+1}; the clip is submitted once.`}):result&&result.verdict!=="ok"&&problems.push({verdict:result.verdict,text:`${number}: ${result.explanation}`})}),problems}var VALIDATE_AFTER=120,SHOWN_PROBLEMS=3,ROWS={min:3,max:8},VERDICTS={ok:["✓","success"],invalid:["✗","error"],unverified:["?","warning"],repeat:["=","warnin\
g"]};function createMediaIdField(view,{onSubmit,onChange,onSecret}){let{model,kernel}=view,results=new Map,timer,problems=h("div.small",{id:uniqueId("problems")}),
resultList=h("ul.results",{ariaHidden:"true"}),field=h("textarea",{id:uniqueId("media-ids"),wrap:"off",spellcheck:!1,autocapitalize:"off",autocomplete:"off",placeholder:"\
Paste one or more, one per line",value:model.get("media_ids"),"aria-describedby":problems.id,oninput:()=>{let{text,secrets}=extractSecrets(field.value);secrets&&
(field.value=text,onSecret(secrets)),draw(),save(),clearTimeout(timer),timer=setTimeout(validate,VALIDATE_AFTER)},onpaste:({clipboardData})=>{let text=clipboardData?.
getData("text")??"";isStructured(text)&&setTimeout(()=>kernel.send({type:"extract",text}))},onscroll:()=>{resultList.style.transform=`translateY(${-field.scrollTop}\
px)`},onkeydown:event=>{event.key!=="Enter"||!(event.ctrlKey||event.metaKey)||(event.preventDefault(),onSubmit())}}),lines=()=>splitLines(field.value),save=()=>{
model.set("media_ids",field.value),model.save_changes()},validate=()=>{let unknown=[...new Set(lines())].filter(line=>line&&!results.has(line));for(let line of unknown)
results.set(line,null);unknown.length&&kernel.send({type:"validate",lines:unknown})},drawResult=(line,first)=>{if(!line)return h("li");if(first!==void 0){let[symbol2,
severity2]=VERDICTS.repeat;return h("li.ellipsis",{"data-severity":severity2},`${symbol2} repeats line ${first+1}`)}let result=results.get(line);if(!result)return h(
"li.muted",kernel.isConnected?"…":"not checked");let[symbol,severity]=VERDICTS[result.verdict];return h("li.ellipsis",{title:result.explanation,"data-severity":severity},
`${symbol} ${result.label}`)},draw=()=>{let all=lines();field.rows=Math.min(ROWS.max,Math.max(ROWS.min,all.length));let repeats=findRepeats(all,results);resultList.
replaceChildren(...all.map((line,index)=>drawResult(line,repeats.get(index))));let found=describeProblems(all,results),hidden=found.length-SHOWN_PROBLEMS;problems.
replaceChildren(...found.slice(0,SHOWN_PROBLEMS).map(({verdict,text})=>h("p",{"data-severity":VERDICTS[verdict][1]},text)),hidden>0?h("p.muted",`And ${formatCount(
hidden,"more line")}.`):""),onChange()},setValue=text=>{text!==field.value&&(field.value=text),draw(),validate()};return listen(view,{"change:media_ids":()=>setValue(
model.get("media_ids"))}),kernel.on("validation",message=>{for(let[line,result]of Object.entries(message.results))results.set(line,result);draw()}),kernel.on("e\
xtracted",({text,ids})=>{setValue(replacePasted(field.value,text,ids)),save()}),kernel.onConnectionChange(()=>{if(draw(),!!kernel.isConnected){for(let[line,result]of results)
result||results.delete(line);validate()}}),{node:h("div.field",h("label",{htmlFor:field.id},"Media IDs"),h("div.editor",field,h("div.gutter",resultList)),problems),
draw,validate,value:()=>field.value,tally:()=>tallyLines(lines(),results),add(id){let text=addLine(field.value,id);text!==field.value&&(setValue(text),save()),field.
focus()},setInvalid:isInvalid=>field.ariaInvalid=String(isInvalid)}}function createOptions(view,onChange){let{model}=view,fields=h("div.options"),methods=h("div.field.methods",{role:"radiogroup",ariaLabel:"Upsampler"}),radios=uniqueId(
"method"),confirmation=h("div.notice.line",{"data-severity":"warning",hidden:!0}),seed=h("input",{id:uniqueId("seed"),inputMode:"numeric",placeholder:"random",value:model.
get("seed"),onchange:()=>save("seed",seed.value.trim())}),more=h("details.more",h("summary","More"),h("div.field",h("label",{htmlFor:seed.id},"Seed"),seed,h("p.\
small.muted","Whole number. Leave empty for a random seed per clip."))),save=(name,value)=>{model.set(name,value),model.save_changes()},selected=()=>model.get("\
models").find(({key})=>key===model.get("model")),credits=()=>selected()?.credits??0,drawSelect=(name,label,choices)=>{let select=h("select",{id:uniqueId(name),disabled:choices.
length<2,onchange:()=>save(name,select.value)},...choices.map(([value,text])=>new Option(text,value)));return select.value=model.get(name),h("div.field",h("labe\
l",{htmlFor:select.id},label),select)},draw=()=>{let models=model.get("models"),aspects=selected()?.aspects??[];fields.replaceChildren(drawSelect("model","Model",
models.map(({key,label})=>[key,label])),drawSelect("aspect_ratio","Aspect",aspects.map(aspect=>[aspect,aspect[0].toUpperCase()+aspect.slice(1)]))),drawMethods(),
onChange()},seconds=0,drawMethods=()=>{let isFocused=methods.contains(document.activeElement),choices=model.get("methods");methods.hidden=!choices.length,methods.
replaceChildren(h("strong","Upsampler"),...choices.map(({name,label,rate})=>{let checked=name===model.get("method"),radio=h("input",{type:"radio",name:radios,checked,
onchange:()=>save("method",name)}),time=seconds?` · about ${formatDuration(rate*seconds)}`:"";return h("label.line",radio,h("span",label,h("span.small.muted",time)))})),
isFocused&&methods.querySelector(":checked")?.focus()};return listen(view,{"change:models":draw,"change:model":draw,"change:seed":()=>{seed.value=model.get("see\
d")}}),listen(view,{"change:methods":drawMethods,"change:method":drawMethods}),{fields,methods,more,confirmation,draw,seed:()=>seed.value.trim(),setDuration(duration){
seconds!==duration&&(seconds=duration,drawMethods())},credits,price:clips=>credits()?formatCount(credits()*clips,"credit"):"no credits",confirm(clips,onConfirm,onCancel){
let total=formatCount(credits()*clips,"credit"),each=`${formatCount(clips,"clip")} at ${formatCount(credits(),"credit")} each.`,closeThen=action=>()=>{confirmation.
hidden=!0,action()},spend=h("button",{onclick:closeThen(onConfirm)},`Spend ${total}`),cancel=h("button.quiet",{onclick:closeThen(onCancel)},"Cancel");confirmation.
replaceChildren(h("span",h("strong",`This costs ${total}.`),` ${each}`),spend,cancel),confirmation.hidden=!1,spend.focus()}}}function createTokenField(view,onChange){let{model,kernel}=view,state=h("p.small.muted",{id:uniqueId("token-state")}),input=h("input",{id:uniqueId("token"),type:"\
password",autocomplete:"off",autocapitalize:"off",spellcheck:!1,"data-1p-ignore":"","data-lpignore":!0,oninput:event=>{let kind=event instanceof InputEvent?event.
inputType:"";kind==="insertFromPaste"||kind==="insertFromDrop"?setToken():draw()},onkeydown:event=>{event.key==="Enter"&&(event.preventDefault(),setToken())}}),
useSandboxToken=h("button.link.small",{onclick:()=>kernel.request({type:"use_sandbox_token"})},"Use sandbox token"),cautionId="",take=()=>{let token=input.value;
return input.value="",draw(),token},setToken=()=>{kernel.isConnected&&input.value.trim()&&kernel.request({type:"set_token",token:take()})},draw=()=>{let{is_set,
origin,can_reset}=model.get("token_status"),isSet=kernel.isConnected&&is_set;useSandboxToken.hidden=!kernel.isConnected||!can_reset,isSet?state.dataset.severity=
"success":delete state.dataset.severity;let unset=kernel.isConnected?"Not set. Kept in the kernel’s memory only.":"Not saved; paste it again.";input.value.trim()?
setText(state,"Press Enter to use this token."):setText(state,isSet?`✓ Set${origin}`:unset);let isNeedless=model.get("service_info").is_sandbox&&cautionId;isSet?
input.placeholder=isNeedless?"Not needed here":"Paste another to replace it":input.placeholder="Paste it here",input.setAttribute("aria-describedby",`${cautionId}\
 ${state.id}`.trim()),onChange()};return listen(view,{"change:token_status":draw}),kernel.onConnectionChange(draw),{node:h("div.field",h("label",{htmlFor:input.
id},"Token"),input,h("div.line",state,useSandboxToken)),draw,take,focus:()=>input.focus(),isGiven:()=>!!(model.get("token_status").is_set||input.value.trim()),put(token){
input.value=token,draw(),input.focus()},setCaution(id){cautionId=id,draw()},setInvalid:isInvalid=>input.ariaInvalid=String(isInvalid)}}var SHORTCUT=/Mac|iP/.test(navigator.platform)?"⌘ Enter":"Ctrl+Enter",NOT_RESPONDING="The kernel is not responding. If it has stopped, run this cell again.";function createForm(view){
let{model,kernel}=view,mediaIds=createMediaIdField(view,{onSubmit:()=>submit(),onChange:()=>drawSubmit(),onSecret:secrets=>{token.put(secrets),setText(status,"T\
hat looks like a token. It was moved to the token field and is not saved.")}}),token=createTokenField(view,()=>drawSubmit()),options=createOptions(view,()=>drawSubmit()),
badge=h("span.badge.small.bold.ellipsis"),serviceDetail=h("span.service-detail.small.muted"),switches=h("span.switches"),caution=h("div.notice",{id:uniqueId("ca\
ution")}),sampleClips=h("div.chips.line.small"),notice=h("div.notice",{role:"alert"}),submitButton=h("button.primary.bold",{title:SHORTCUT,"aria-keyshortcuts":"\
Control+Enter Meta+Enter",onclick:()=>submit()}),status=h("span.muted",{role:"status"});mediaIds.node.append(sampleClips);let node=h("section.card.form",{ariaLabel:"\
Upsample clips"},h("header.header.line",h("h2","Upsample clips to 1080p"),badge,serviceDetail,switches),caution,h("div.fields",mediaIds.node,h("div.side",token.
node,options.methods,options.fields,options.more)),notice,options.confirmation,h("footer.footer.line",submitButton,status,h("kbd.small.muted",{ariaHidden:"true"},
SHORTCUT))),upload=createFileUpload(kernel,node,{onProgress:text=>text?setText(status,text):drawSubmit(),isAllowed:()=>kernel.isConnected&&model.get("service_in\
fo").is_sandbox&&model.get("clips").length>0}),submit=(isConfirmed=!1)=>{let{clips}=mediaIds.tally();if(clips&&!token.isGiven()){token.focus();return}if(options.
credits()&&clips&&!isConfirmed){options.confirm(clips,()=>submit(!0),()=>submitButton.focus());return}options.confirmation.hidden=!0,send(mediaIds.value())},send=(clips,again=!1)=>kernel.
request({type:"submit",media_ids:clips,token:token.take(),model:model.get("model"),aspect_ratio:model.get("aspect_ratio"),seed:options.seed(),method:model.get("\
method"),again}),submitAgain=ids=>{let again=()=>send(ids,!0);options.credits()?options.confirm(ids.split(`
`).length,again,()=>submitButton.focus()):again()},drawSubmit=()=>{let{clips,seconds,isValidating}=mediaIds.tally();options.setDuration(seconds);let needsToken=kernel.
isConnected&&clips>0&&!token.isGiven();if(needsToken?setText(submitButton,"Paste a token to submit"):setText(submitButton,clips?`Upsample ${formatCount(clips,"c\
lip")}`:"Upsample"),!kernel.isConnected||kernel.pending==="overdue")setText(status,NOT_RESPONDING);else if(kernel.pending==="slow")setText(status,"Waiting for t\
he kernel…");else{if(kernel.pending==="recent")return;needsToken?setText(status,`${formatCount(clips,"clip")} · no token yet`):clips?setText(status,`${formatCount(
clips,"clip")} ready · ${options.price(clips)}`):setText(status,isValidating?"":"No clip yet")}},drawService=()=>{let{label,detail,is_sandbox,caution:text,others}=model.
get("service_info");badge.dataset.severity=is_sandbox?"success":"info",setText(badge,label),setText(serviceDetail,detail),setText(caution,text),caution.hidden=!text,
caution.dataset.severity=is_sandbox?"info":"warning",token.setCaution(text&&caution.id),switches.replaceChildren(...others.map(({name,label:label2})=>h("button.\
link.small",{onclick:()=>kernel.request({type:"switch_service",name})},`Switch to ${label2}`)));let clips=model.get("clips");sampleClips.hidden=!clips.length,upload.
button.hidden=!kernel.isConnected||!is_sandbox,sampleClips.replaceChildren(h("span.muted","Sample clips"),...clips.map(({label:label2,media_id})=>h("button.chip\
.small",{ariaLabel:`Add the clip ${label2}`,onclick:()=>mediaIds.add(media_id)},`+ ${label2}`)),upload.button,upload.input)},act=({type,value=""})=>{type==="sho\
w"?kernel.send({type,id:value}):type==="submit"?submitAgain(value):kernel.request({type})},drawNotice=()=>{let shown=model.get("notice");showNotice(notice,shown);
for(let action of shown.actions??[])notice.append(" ",h("button",{onclick:()=>act(action)},action.label));mediaIds.setInvalid(shown.field==="media_ids"),token.setInvalid(
shown.field==="token")};return listen(view,{"change:service_info":drawService,"change:clips":drawService,"change:notice":drawNotice}),kernel.onPendingChange(drawSubmit),
kernel.onConnectionChange(()=>{drawService(),drawSubmit()}),drawService(),options.draw(),drawNotice(),mediaIds.draw(),mediaIds.validate(),node}function createButton(text,label,onclick){return h("button.quiet",{ariaLabel:label,title:label,onclick},text)}function createToggle(text,title,isOn,onToggle){let button=h(
"button.quiet",{title,ariaPressed:String(isOn),onclick:()=>{let next=button.ariaPressed!=="true";button.ariaPressed=String(next),onToggle(next)}},text);return button}var GAINS=[1,2,4,8,16,32],DEFAULT_GAIN=8;function drawDifference(context,result,reference,{width,height},gain){context.imageSmoothingQuality="high",context.drawImage(
reference,0,0,width,height),context.globalCompositeOperation="difference",context.drawImage(result,0,0,width,height),context.globalCompositeOperation="lighter";
for(let factor=1;factor<gain;factor*=2)context.drawImage(context.canvas,0,0);context.globalCompositeOperation="source-over"}function layoutSideBySide(sizes){let height=Math.max(...sizes.map(size=>size.height)),x=0,places=sizes.map(size=>{let width=Math.round(size.width*height/size.height);
return x+=width,{x:x-width,width}});return{width:x,height,strip:Math.max(24,Math.round(height/24)),places}}function frameFileName(clip,frame,content){let stem=clip.
replace(/[^\p{L}\p{N}.-]+/gu,"_").replace(/^[_.]+|_+$/g,"")||"clip",suffix=content==="result"?"":content==="reference"?"_left":`_${content}`;return`${stem}_fram\
e_${String(frame+1).padStart(4,"0")}${suffix}.png`}function drawFrame(result,reference,content,gain){let canvas=h("canvas"),context=canvas.getContext("2d"),[left,
right]=[reference,result].map(({video})=>({width:video.videoWidth,height:video.videoHeight}));if(content==="both"){let{width,height,strip,places}=layoutSideBySide(
[left,right]);Object.assign(canvas,{width,height:height+strip}),context.fillStyle="#101113",context.fillRect(0,height,width,strip),context.fillStyle="#fff",context.
font=`${Math.round(strip*.55)}px sans-serif`,context.textBaseline="middle",context.imageSmoothingQuality="high",[reference,result].forEach(({video,label},index)=>{
let{x,width:width2}=places[index];context.drawImage(video,x,0,width2,height),context.fillText(label,x+strip/3,height+strip/2,width2-strip)})}else{let picture=content===
"reference"?reference:result;Object.assign(canvas,content==="reference"?left:right),content==="difference"?drawDifference(context,result.video,reference.video,right,
gain):context.drawImage(picture.video,0,0)}return canvas}function toPng(canvas){return new Promise((resolve,reject)=>{canvas.toBlob(blob=>blob?resolve(blob):reject(
new Error("The picture is too large.")),"image/png")})}async function savePng(canvas,name){let url=URL.createObjectURL(await toPng(canvas));h("a",{href:url,download:name}).
click(),setTimeout(()=>URL.revokeObjectURL(url),6e4)}async function copyPng(canvas){try{return await navigator.clipboard.write([new ClipboardItem({"image/png":canvas.
then(toPng)})]),!0}catch{return!1}}var SETTLE_INTERVAL=30,SETTLE_TIMEOUT=1e4,CONTENTS=[["result","Result"],["reference","Left picture"],["both","Both, with labels"],["difference","Difference"]];function createSaveMenu(stage,getFrame){
let status=h("span.small.muted",{role:"status"}),buttons=CONTENTS.map(([content,text])=>h("button",{onclick:()=>save(content)},text)),copy=h("button",{onclick:()=>copyShown()},
"Copy picture"),row=h("div.line",{hidden:!0,role:"group",ariaLabel:"Save this frame"},...buttons,copy),opener=h("button.quiet",{ariaExpanded:"false",onclick:()=>{
row.hidden=!row.hidden,opener.ariaExpanded=String(!row.hidden),draw()}},"Save frame…"),draw=()=>{let{hasReference}=getFrame();CONTENTS.forEach(([content],index)=>{
buttons[index].hidden=content!=="result"&&!hasReference})},drawContent=content=>{let{frame,gain}=getFrame(),picture=video=>({video,label:`${video.ariaLabel??""}\
 · frame ${frame+1}`});return drawFrame(picture(stage.result),picture(stage.reference),content,gain)},shown=()=>{let mode=stage.mode();return!getFrame().hasReference||
mode==="result"?"result":mode==="flip"?stage.flipped():mode==="difference"?"difference":"both"},isSettled=()=>(getFrame().hasReference?[stage.result,stage.reference]:
[stage.result]).every(({seeking,readyState})=>!seeking&&readyState>=2),settle=async()=>{setText(status,"Reading the frame…"),stage.result.pause();for(let waited=0;waited<
SETTLE_TIMEOUT;waited+=SETTLE_INTERVAL)if(await new Promise(resolve=>setTimeout(resolve,SETTLE_INTERVAL)),isSettled())return;throw new Error("The frame did not \
come.")},save=async(content=shown())=>{try{await settle();let{clip,frame}=getFrame(),file=frameFileName(clip,frame,content);await savePng(drawContent(content),file),
setText(status,`Saved ${file}`)}catch{setText(status,"This picture can’t be saved.")}},copyShown=async()=>{let isCopied=await copyPng(settle().then(()=>drawContent(
shown())));setText(status,isCopied?"Picture copied.":"This page may not copy pictures. Save the frame instead.")};return{opener,row,status,save,copyShown,draw}}var SHORTCUTS=[[[" ","k"],"Space, K","togglePlay","Play or pause"],[["j"],"J","playBackwards","Play backwards; again: faster"],[["l"],"L","playForwards","Play; \
again: faster"],[[",","arrowleft"],", or ←","previousFrame","Previous frame"],[[".","arrowright"],". or →","nextFrame","Next frame"],[["home"],"Home","first\
Frame","First frame"],[["end"],"End","lastFrame","Last frame"],[["1"],"1","side","Side by side"],[["2"],"2","wipe","Wipe"],[["3"],"3","result","Result only"],[[
"4","a"],"4, A","flip","A/B: one at a time in the same place; again: the other"],[["5","d"],"5, D","difference","Difference, amplified"],[["["],"[","wipeLeft","\
Move the wipe to the left"],[["]"],"]","wipeRight","Move the wipe to the right"],[["z"],"Z","zoom","100 % zoom"],[["+","="],"+","zoomIn","Zoom in (also Ctrl and\
 wheel, or two fingers)"],[["-"],"-","zoomOut","Zoom out"],[["m"],"M","loupe","Loupe in both pictures"],[["f"],"F","fullScreen","Full screen"],[["s"],"S","saveF\
rame","Save this frame as it is on show"],[["c"],"C","copyPicture","Copy the picture on show"],[["?"],"?","help","This list"]],REPEATED=["previousFrame","nextFr\
ame","wipeLeft","wipeRight","zoomIn","zoomOut"];function commandOf({key,ctrlKey,metaKey,altKey,repeat},control){if(ctrlKey||metaKey||altKey||control==="text"||control===
"button"&&key===" ")return null;let command=SHORTCUTS.find(([keys])=>keys.includes(key.toLowerCase()))?.[2]??null;return command&&repeat&&!REPEATED.includes(command)?
null:command}function controlOf(target){return target instanceof Element?target.closest("select, textarea, dialog, input:not([type=range])")?"text":target.closest(
"button, a, summary")?"button":"":""}function createShortcutList(){let id=uniqueId("shortcuts"),close=h("button",{onclick:()=>node.close()},"Close"),rows=SHORTCUTS.
map(([,printed,,text])=>h("tr",h("th",{scope:"row"},h("kbd",printed)),h("td",text))),node=h("dialog.shortcuts",{"aria-labelledby":id},h("h2",{id},"Keys of the p\
layer"),h("table",h("tbody",...rows)),close);return node}function nextSpeed(speed,direction){return Math.sign(speed)===direction?direction*Math.min(2,Math.abs(speed)*2):direction}function createShuttle(result,playback,setSpeed,signal){
let backwards=0,isForwards=!1;result.addEventListener("play",()=>backwards=0,{signal}),result.addEventListener("pause",()=>isForwards=!1,{signal});let playBackwards=speed=>{
let wasRunning=backwards!==0;if(backwards=speed,result.pause(),wasRunning)return;let time=playback.position(),last=performance.now(),go=now=>{!backwards||signal.
aborted||(time+=backwards*Math.max(0,now-last)/1e3,time<0&&(time+=result.duration||0),last=now,playback.seek(Math.max(0,time)),requestAnimationFrame(go))};requestAnimationFrame(
go)},shuttle=direction=>{let speed=nextSpeed(backwards||(isForwards?result.playbackRate||1:0),direction);if(speed<0)return playBackwards(speed);setSpeed(speed),
result.play().then(()=>isForwards=!0,()=>{})},stop=()=>{let wasRunning=backwards!==0;return backwards=0,wasRunning};return{shuttle,stop,isBackwards:()=>backwards!==
0,toggle(){let{number}=playback.frames();stop()?playback.showFrame(number):result.paused?result.play().catch(()=>{}):result.pause()}}}var clampPercent=percent=>Math.min(100,Math.max(0,percent));function positionIn(box,{clientX,clientY}){return{x:clampPercent(100*(clientX-box.left)/box.width),y:clampPercent(
100*(clientY-box.top)/box.height)}}var SPLIT_KEYS={ArrowLeft:-2,ArrowDown:-2,ArrowRight:2,ArrowUp:2,PageDown:-20,PageUp:20,Home:-100,End:100};function moveSplit(split,key){
return key in SPLIT_KEYS?clampPercent(split+SPLIT_KEYS[key]):null}var PAN_KEYS={ArrowLeft:[-5,0],ArrowRight:[5,0],ArrowUp:[0,-5],ArrowDown:[0,5]};function pan({
x,y},key){if(!(key in PAN_KEYS))return null;let[right,down]=PAN_KEYS[key];return{x:clampPercent(x+right),y:clampPercent(y+down)}}function actualSizeScale({clientWidth,
clientHeight,videoWidth,videoHeight},pixelRatio){let shownWidth=Math.min(clientWidth,clientHeight*videoWidth/videoHeight);return shownWidth?Math.max(1,videoWidth/
shownWidth/pixelRatio):1}var MAX_SCALE=16;function zoomAt(zoom,scale,at){let next=Math.min(MAX_SCALE,Math.max(1,scale));if(next<1.001)return{...zoom,scale:1};let{
x,y}=unzoom(zoom,at);return{scale:next,x:clampPercent((next*x-at.x)/(next-1)),y:clampPercent((next*y-at.y)/(next-1))}}function unzoom({scale,x,y},at){return{x:x+
(at.x-x)/scale,y:y+(at.y-y)/scale}}function drag({scale,x,y},moved){return scale<=1?{scale,x,y}:{scale,x:clampPercent(x-moved.x/(scale-1)),y:clampPercent(y-moved.
y/(scale-1))}}function pixelAt({clientWidth,clientHeight,videoWidth,videoHeight},{x,y}){let fit=Math.min(clientWidth/videoWidth,clientHeight/videoHeight);return{
x:(x/100*clientWidth-(clientWidth-videoWidth*fit)/2)/fit,y:(y/100*clientHeight-(clientHeight-videoHeight*fit)/2)/fit}}var SIZE=128,MAGNIFICATION=4;function squareUnder({x,y},width,videoWidth){let ratio=videoWidth/width,side=SIZE/MAGNIFICATION*ratio;return{x:x*ratio-side/2,y:y*ratio-
side/2,side}}function createLoupes(node,result,reference,getZoom){let videos=[result,reference],canvases=videos.map(()=>h("canvas.loupe",{width:SIZE,height:SIZE,
hidden:!0,ariaHidden:"true"})),isOn=!1,at={x:50,y:50},draw=()=>{let stage=node.getBoundingClientRect(),isSide=node.dataset.mode==="side",point=unzoom(getZoom(),
at);canvases.forEach((canvas,index)=>{let video=videos[index],frame=video.parentElement.getBoundingClientRect();canvas.hidden=!isOn||!frame.width||!video.videoWidth;
let context=canvas.getContext("2d");if(canvas.hidden||!context)return;let shift=!isSide&&node.dataset.mode!=="result"&&reference.videoWidth>0?index?-SIZE/2:SIZE/
2:0;canvas.style.left=`${frame.left-stage.left+at.x/100*frame.width-SIZE/2+shift}px`,canvas.style.top=`${frame.top-stage.top+at.y/100*frame.height-SIZE/2}px`;let{
x,y,side}=squareUnder(pixelAt(result,point),result.videoWidth,video.videoWidth);context.imageSmoothingEnabled=!1,context.fillStyle="#101113",context.fillRect(0,
0,SIZE,SIZE),context.drawImage(video,x,y,side,side,0,0,SIZE,SIZE)})};return node.addEventListener("pointermove",event=>{let frame=event.target instanceof Element&&
event.target.closest(".vfxw-frame");!isOn||!frame||(at=positionIn(frame.getBoundingClientRect(),event),draw())}),{canvases,draw:()=>isOn&&draw(),setOn(on){isOn=
on,node.classList.toggle("vfxw-looking",on),draw()}}}var STEP=1.25,CLICK_DISTANCE=4;function createZoom(node,result,{onChange,onClick},signal){let zoom={scale:1,x:50,y:50},isActualSize=!1,pointers=new Map,distance=0,
set=next=>{zoom=next;let isZoomed=zoom.scale>1||isActualSize;node.style.setProperty("--zoom",String(zoom.scale)),node.style.setProperty("--center",`${zoom.x}% ${zoom.
y}%`),node.classList.toggle("vfxw-zoomed",isZoomed),node.tabIndex=isZoomed?0:-1,node.ariaLabel=isActualSize?"100 % zoom; arrow keys pan":isZoomed?"Zoomed; arrow\
 keys pan":null,onChange(isActualSize)},setScale=(scale,at={x:50,y:50})=>{isActualSize=!1,set(zoomAt(zoom,scale,at))},frameOf=({target})=>target instanceof Element?
target.closest(".vfxw-frame")?.getBoundingClientRect():void 0;node.addEventListener("wheel",event=>{let frame=frameOf(event);if(!frame||!(event.ctrlKey||event.metaKey||
document.fullscreenElement))return;event.preventDefault();let pixels=event.deltaMode?event.deltaY*30:event.deltaY;setScale(zoom.scale*(Math.abs(pixels)<40?1.01:
1.002)**-pixels,positionIn(frame,event))},{passive:!1,signal}),node.addEventListener("pointerdown",event=>{event.button||!frameOf(event)||(pointers.set(event.pointerId,
event),distance=pointers.size>1?Number.POSITIVE_INFINITY:0,node.setPointerCapture(event.pointerId))}),node.addEventListener("pointermove",event=>{let before=pointers.
get(event.pointerId),frame=node.querySelector(".vfxw-frame")?.getBoundingClientRect();if(!before||!frame)return;let[x,y]=[event.clientX-before.clientX,event.clientY-
before.clientY];distance+=Math.hypot(x,y);let other=[...pointers.values()].find(({pointerId})=>pointerId!==event.pointerId);if(pointers.set(event.pointerId,event),
other){let apart=each=>Math.hypot(each.clientX-other.clientX,each.clientY-other.clientY)||1;setScale(zoom.scale*apart(event)/apart(before),positionIn(frame,event))}else
zoom.scale>1&&set({...drag(zoom,{x:100*x/frame.width,y:100*y/frame.height})})}),node.addEventListener("pointerup",event=>{pointers.delete(event.pointerId)&&distance<
CLICK_DISTANCE&&onClick()}),node.addEventListener("pointercancel",event=>pointers.delete(event.pointerId)),node.addEventListener("keydown",event=>{let isPlain=!(event.
ctrlKey||event.metaKey||event.altKey),moved=zoom.scale>1||isActualSize?event.target===node&&isPlain&&pan(zoom,event.key):null;moved&&(event.preventDefault(),set(
{...zoom,...moved}))});let setActualSize=on=>{isActualSize=on,set({...zoom,scale:on?actualSizeScale(result,window.devicePixelRatio):1})},observer=new ResizeObserver(
()=>isActualSize&&setActualSize(!0));return observer.observe(node),onAbort(signal,()=>observer.disconnect()),{get:()=>zoom,setActualSize,zoomBy:direction=>setScale(
zoom.scale*STEP**direction)}}function createStage({onClick,onZoom},signal){let result=createVideo(),reference=createVideo(),resultCaption=h("figcaption.small"),referenceCaption=h("figcaptio\
n.small"),handle=h("div.handle",{role:"slider",tabIndex:0,ariaLabel:"Wipe between left and right"}),playOverlay=h("button.play",{ariaLabel:"Play the video",hidden:!0,
onclick:()=>result.play()},"▶"),node=h("div.stage",{role:"group",tabIndex:-1},h("div.pictures",h("figure.result",h("div.frame",result),resultCaption),h("figur\
e.reference",h("div.frame",reference),referenceCaption)),handle,playOverlay),drawOverlay=()=>{playOverlay.hidden=result.readyState<2||!result.paused||result.currentTime>
0};for(let event of["loadeddata","play","pause","seeking"])result.addEventListener(event,drawOverlay);let split=50,setSplit=percent=>{split=clampPercent(percent),
node.style.setProperty("--split",`${split}%`),handle.ariaValueNow=String(Math.round(split)),handle.ariaValueText=`${Math.round(split)} % left`};handle.onpointerdown=
event=>{handle.setPointerCapture(event.pointerId),event.preventDefault(),handle.focus()},handle.onpointermove=event=>{handle.hasPointerCapture(event.pointerId)&&
setSplit(positionIn(node.getBoundingClientRect(),event).x)},handle.onkeydown=event=>{let moved=moveSplit(split,event.key);moved!==null&&(event.preventDefault(),
setSplit(moved))},setSplit(split);let zoom=createZoom(node,result,{onClick,onChange:on=>onZoom(on)},signal),loupes=createLoupes(node,result,reference,zoom.get);
return node.append(...loupes.canvases),node.addEventListener("pointermove",()=>loupes.draw()),node.dataset.flipped="result",{node,result,reference,zoom,loupes,setLabel(video,label){
video.ariaLabel=label,(video===result?resultCaption:referenceCaption).textContent=label},mode:()=>node.dataset.mode,setMode(mode){node.dataset.mode=mode,loupes.
draw()},moveSplit:percent=>setSplit(split+percent),flip(){return node.dataset.flipped=node.dataset.flipped==="result"?"reference":"result",node.dataset.flipped===
"result"?result:reference},flipped:()=>node.dataset.flipped==="reference"?"reference":"result",setGain:gain=>node.style.setProperty("--gain",String(gain))}}function createVideo(){
return h("video",{muted:!0,defaultMuted:!0,playsInline:!0,loop:!0})}var DEFAULT_FRAME=.041666666666666664,FRAME_RATES=[24,25,30,48,50,60,90,100,120],MAX_NUDGE=2,MAX_SLOW=8,MAX_HOLD=48,GAIN=4;function leadOf(reference,{currentTime,
duration,loop,paused}){let apart=reference.currentTime-currentTime;return loop&&!paused&&Math.abs(apart)>duration/2&&reference.currentTime<=duration?apart-Math.
sign(apart)*duration:apart}function correctiveRates(lead,frame){let frames=Math.abs(lead)/frame;if(frames<1/16||needsSeek(lead,frame))return[1,1];if(frames<=MAX_NUDGE)
return[1,1-lead*GAIN];let slow=frames<=MAX_SLOW?.5:0;return lead>0?[1,slow]:[slow,1]}function needsSeek(lead,frame){return Math.abs(lead)>MAX_HOLD*frame}function refineFrame(frame,step){
let rate=FRAME_RATES.find(each=>Math.abs(step*each-1)<.015);return rate?Math.min(frame,1/rate):frame}var frameAt=(time,frame)=>Math.floor(time/frame+.001),countFrames=(duration,frame)=>Math.
max(1,Math.round((duration||0)/frame));function timeOfFrame(number,duration,frame){let frames=countFrames(duration,frame);return(number%frames+frames)%frames*frame+
frame/2}function syncPlayback(result,reference,onTime,signal){let rate=1,lastTime=0,frame=DEFAULT_FRAME,target=null,setRates=factors=>{[result,reference].forEach(
(video,index)=>{let wanted=rate*factors[index];video.playbackRate!==wanted&&(video.playbackRate=wanted)})},areSeeking=()=>result.seeking||reference.seeking&&reference.
readyState>0,clampToReference=time=>Math.min(time,reference.duration||time),goToTarget=()=>{target===null||areSeeking()||(result.currentTime=target,reference.readyState&&
(reference.currentTime=clampToReference(target)),target=null)},follow=()=>{if(reference.readyState<2)return;if(result.paused){reference.paused||reference.pause();
let apart=Math.abs(reference.currentTime-clampToReference(result.currentTime));target===null&&!areSeeking()&&apart>frame/4&&(reference.currentTime=clampToReference(
result.currentTime));return}let lead=leadOf(reference,result);reference.paused&&!reference.seeking&&reference.play().catch(()=>{}),needsSeek(lead,frame)&&!reference.
seeking&&(reference.currentTime=clampToReference(result.currentTime)),setRates(reference.loop||!reference.ended?correctiveRates(lead,frame):[1,1])},update=()=>{
signal.aborted||(goToTarget(),follow(),onTime())},seek=time=>{target=time,goToTarget(),onTime()},position=()=>target??result.currentTime,alignPaused=()=>{if(target!==
null||result.seeking||!result.duration)return;let isShown=Math.abs(lastTime-result.currentTime)<2*frame;seek(timeOfFrame(frameAt(isShown?lastTime:result.currentTime,
frame),result.duration,frame))},onFrame=(_now,{mediaTime})=>{frame=refineFrame(frame,mediaTime-lastTime),lastTime=mediaTime,update(),signal.aborted||result.requestVideoFrameCallback(
onFrame)},onReferenceFrame=()=>{result.playbackRate===0&&update(),signal.aborted||reference.requestVideoFrameCallback(onReferenceFrame)};"requestVideoFrameCallb\
ack"in result&&(result.requestVideoFrameCallback(onFrame),reference.requestVideoFrameCallback(onReferenceFrame)),result.addEventListener("pause",alignPaused,{signal});
for(let event of["timeupdate","seeking","seeked","play","pause","loadedmetadata"])result.addEventListener(event,update,{signal});for(let event of["loadeddata","\
seeked","timeupdate"])reference.addEventListener(event,update,{signal});return{setRate(value){rate=value,setRates([1,1])},seek,position,frames:()=>{let count=countFrames(
result.duration,frame);return{number:Math.min(frameAt(position(),frame),count-1),count}},showFrame(number){result.pause(),seek(timeOfFrame(number,result.duration,
frame))}}}var RATES=[.25,.5,1,2],MODES=[["side","Side by side","Side by side (1)"],["wipe","Wipe","Wipe (2)"],["result","Result only","Result only (3)"],["flip","A/B","On\
e at a time in the same place; again: the other (4 or A)"],["difference","Difference","How far the pictures are apart (5)"]];function createControls(clip,onChoose,signal){
let stage=createStage({onClick:()=>stage.mode()==="flip"?setMode("flip"):shuttle.toggle(),onZoom:on=>{zoom.ariaPressed=String(on)}},signal),{result,reference}=stage,
playPause=h("button.play-pause",{onclick:()=>shuttle.toggle()}),position=h("input.position",{type:"range",min:"0",step:"1",ariaLabel:"Position",title:"Arrow key\
s: one frame",oninput:()=>playback.seek((Number(position.value)+.5)*(result.duration/playback.frames().count||0))}),time=h("span.time.small.muted"),setSpeed=rate=>{
speed.value=String(rate),playback.setRate(rate)},speed=h("select",{ariaLabel:"Speed",onchange:()=>playback.setRate(Number(speed.value))},...RATES.map(rate=>h("o\
ption",{value:String(rate),selected:rate===1},`${rate}×`))),gain=h("select",{ariaLabel:"Amplify the difference",hidden:!0,onchange:()=>stage.setGain(Number(gain.
value))},...GAINS.map(each=>h("option",{value:String(each),selected:each===DEFAULT_GAIN},`${each}× amplified`))),download=h("a.download","Download"),ownSource=h(
"input",{type:"file",accept:"video/*",hidden:!0,onchange:showOwnSource}),compare=createButton("Compare with a file…","Compare with a file of yours",()=>ownSource.
click()),modes=h("div.segments",{role:"group",ariaLabel:"View"},...MODES.map(([mode,text,title])=>h("button",{"data-mode":mode,title,onclick:()=>setMode(mode)},
text))),left=h("select",{ariaLabel:"Left video",onchange:()=>onChoose(reference,left.value)}),right=h("select",{ariaLabel:"Right video",onchange:()=>onChoose(result,
right.value)}),sides=h("span.line",left,right),shown=h("span.sr-only",{role:"status"}),ownUrl="";onAbort(signal,()=>URL.revokeObjectURL(ownUrl));let setMode=mode=>{
if(!(modes.hidden&&mode!=="result")){mode==="flip"&&stage.mode()==="flip"&&setText(shown,stage.flip().ariaLabel??""),stage.setMode(mode),gain.hidden=mode!=="dif\
ference";for(let button of modes.children)button.ariaPressed=String(button.getAttribute("data-mode")===mode)}};function showOwnSource(){let file=ownSource.files?.[0];
file&&(URL.revokeObjectURL(ownUrl),ownUrl=URL.createObjectURL(file),reference.src=ownUrl,modes.hidden=!1,saveMenu.draw(),reference.onloadedmetadata=()=>{stage.setLabel(
reference,`Source ${reference.videoWidth}×${reference.videoHeight}`)},setMode("side"))}let toggleFullScreen=()=>{document.fullscreenElement?document.exitFullscreen():
stage.node.parentElement?.requestFullscreen?.().catch(()=>{})},fullScreen=h("button.quiet",{title:"Full screen (F)",onclick:toggleFullScreen}),drawFullScreen=()=>{
setText(fullScreen,document.fullscreenElement?"Leave full screen (Esc)":"Full screen")};document.addEventListener("fullscreenchange",drawFullScreen,{signal}),drawFullScreen();
let draw=()=>{let duration=Number.isFinite(result.duration)?result.duration:0,{number,count}=playback.frames();position.max=String(count-1),position.value=String(
number),position.ariaValueText=`Frame ${number+1} of ${count}, ${playback.position().toFixed(2)} seconds`,setText(time,`${playback.position().toFixed(2)} / ${duration.
toFixed(2)} s · frame ${number+1} / ${count}`),setText(playPause,result.paused&&!shuttle.isBackwards()?"Play":"Pause"),stage.loupes.draw()},playback=syncPlayback(
result,reference,()=>draw(),signal),shuttle=createShuttle(result,playback,setSpeed,signal),saveMenu=createSaveMenu(stage,()=>({clip,frame:playback.frames().number,
gain:Number(gain.value),hasReference:!modes.hidden})),zoom=createToggle("1:1","100 % zoom (Z); drag or arrow keys pan",!1,stage.zoom.setActualSize),loupe=createToggle(
"Loupe","Pixels at the pointer, in both pictures (M)",!1,stage.loupes.setOn),shortcuts=createShortcutList();stage.setGain(DEFAULT_GAIN),draw();let step=frames=>{
shuttle.stop(),playback.showFrame(playback.frames().number+frames)},showFrame=number=>{shuttle.stop(),playback.showFrame(number)},moveWipe=percent=>{setMode("wi\
pe"),stage.moveSplit(percent)},commands={togglePlay:shuttle.toggle,playBackwards:()=>shuttle.shuttle(-1),playForwards:()=>shuttle.shuttle(1),previousFrame:()=>step(
-1),nextFrame:()=>step(1),firstFrame:()=>showFrame(0),lastFrame:()=>showFrame(-1),side:()=>setMode("side"),wipe:()=>setMode("wipe"),result:()=>setMode("result"),
flip:()=>setMode("flip"),difference:()=>setMode("difference"),wipeLeft:()=>moveWipe(-2),wipeRight:()=>moveWipe(2),zoom:()=>zoom.click(),zoomIn:()=>stage.zoom.zoomBy(
1),zoomOut:()=>stage.zoom.zoomBy(-1),loupe:()=>loupe.click(),fullScreen:toggleFullScreen,saveFrame:()=>saveMenu.save(),copyPicture:()=>saveMenu.copyShown(),help:()=>shortcuts.
showModal()};return{node:h("div.controls",{role:"group",ariaLabel:"Playback"},h("div.line",playPause,createButton("‹","Previous frame",commands.previousFrame),
createButton("›","Next frame",commands.nextFrame),position,time),h("div.line",modes,gain,sides,compare,ownSource,zoom,loupe,createToggle("Loop","Repeat",!0,on=>{
result.loop=reference.loop=on}),createToggle("Sound","Play the sound of the result",!1,on=>{result.muted=!on}),speed,fullScreen,saveMenu.opener,createButton("?",
"Keys of the player",commands.help),saveMenu.status,download),saveMenu.row,shown,shortcuts),stage,setMode,run:command=>commands[command](),offerFiles(files,leftId,rightId){
let draw2=(select,of,id)=>{select.replaceChildren(...of.map(file=>new Option(file.label,file.id))),select.value=id};draw2(left,files,leftId),draw2(right,files.filter(
({id})=>id!=="source"),rightId),compare.hidden=files.length>1,modes.hidden=!compare.hidden,sides.hidden=files.length<3,saveMenu.draw()},offerDownload(url,name){
download.href=url,download.download=name}}}var CHUNK_SIZE2=1<<19,MAX_REQUESTS=4,REQUEST_AFTER=2e3,PartialFile=class{#chunks=new Map;#requested=new Set;received=0;total=1;get isComplete(){return this.received>=
this.total}has(offset){return this.#chunks.has(offset)}add(offset,total,bytes){this.#chunks.set(offset,bytes),this.total=total,this.received+=bytes.byteLength}settle(offset){
return this.#requested.delete(offset)}takeRequests(){let offsets=[];for(let offset=0;offset<this.total&&this.#requested.size<MAX_REQUESTS;offset+=CHUNK_SIZE2)this.#chunks.
has(offset)||this.#requested.has(offset)||(this.#requested.add(offset),offsets.push(offset));return offsets}toBlob(){let chunks=[...this.#chunks].sort(([a],[b])=>a-
b).map(([,bytes])=>bytes);return new Blob(chunks,{type:"video/mp4"})}};function receiveFile(kernel,job,roles,{isExpected,onProgress,signal}){let files=new Map(roles.
map(role=>[role,{...newPromise(),chunks:new PartialFile}])),promises=[...files.values()].map(({promise})=>promise),timer,request=()=>{let[first]=files;if(!first)
return;let[file,{chunks}]=first;for(let offset of chunks.takeRequests())kernel.send({type:"request_chunk",job,file,offset})},receive=(message,bytes)=>{let{file:role,
offset}=message,file=message.job===job?files.get(role):void 0;if(!file||file.chunks.has(offset))return;let{chunks,resolve,reject}=file;clearTimeout(timer),timer=
setTimeout(request,REQUEST_AFTER),message.type==="chunk"&&bytes?(chunks.add(offset,message.total,bytes),onProgress(role,chunks.received,chunks.total),chunks.isComplete&&
resolve(chunks.toBlob())):message.type==="chunk_missing"&&reject(message.notice),(message.type==="chunk_missing"||chunks.isComplete)&&files.delete(role),chunks.
settle(offset)?request():kernel.send({type:"received_chunk",job,file:role,offset}),files.size||finish()},stopChunks=kernel.on("chunk",(message,[bytes])=>receive(
message,bytes)),stopMissing=kernel.on("chunk_missing",message=>receive(message)),finish=()=>{clearTimeout(timer),stopChunks(),stopMissing()};return onAbort(signal,
()=>{finish();for(let{reject}of files.values())reject(new DOMException("The player was closed.","AbortError"));files.clear()}),isExpected?timer=setTimeout(request,
REQUEST_AFTER):request(),promises}function newPromise(){return Promise.withResolvers()}function reveal(node){let isCalm=matchMedia("(prefers-reduced-motion: reduce)").matches;node.scrollIntoView({block:"nearest",behavior:isCalm?"auto":"smooth"})}function mayScroll(panel){
let{top,bottom}=panel.getBoundingClientRect(),isTyping=document.activeElement?.matches("input:not([type=radio]), textarea, select, [contenteditable=true]");return bottom>
0&&top<innerHeight&&!isTyping}function restoreFocus(opener,panel,job){let row=panel?.querySelector(`[data-job="${CSS.escape(job)}"]`),places=[opener,row?.querySelector(
"button:not(:disabled)"),panel?.querySelector("[role=region][tabindex]")];for(let place of places)if(!(!(place instanceof HTMLElement)||!panel?.contains(place))&&
(place.focus(),document.activeElement===place))return}var UNPLAYABLE={message:"This browser cannot play the video.",preserved:"The file itself is complete.",hint:"Download it and open it in a video player."};function createPlayer(view){
let{model,kernel}=view,title=h("h2"),facts=h("span.muted"),closeButton=h("button.quiet.close",{ariaLabel:"Close the player",onclick:()=>close()},"✕"),notice=h(
"div.notice",{role:"alert",hidden:!0}),body=h("div.viewport"),header=h("header.header.line",title,facts,closeButton),node=h("section.card.player",{ariaLabel:"Pl\
ayer",hidden:!0},header,body);node.onkeydown=event=>{let command=event.defaultPrevented?null:commandOf(event,controlOf(event.target));command&&(event.preventDefault(),
run(command))};let shown=new AbortController,shownJob="",opener=null,run=_command=>{},offerFiles=_files=>{};onAbort(view.signal,()=>shown.abort());let close=()=>{
let hadFocus=node.contains(document.activeElement),job=shownJob;shown.abort(),shownJob="",node.hidden=!0,hadFocus&&restoreFocus(opener,node.parentElement,job),kernel.
send({type:"close_player"})},showVideo=(video,isExpected,signal)=>{let controls=createControls(video.clip,show,signal),{stage}=controls,{result,reference}=stage;
run=controls.run;let isAutoplay=!matchMedia("(prefers-reduced-motion: reduce)").matches,loading=h("div.loading",{role:"status"},"Loading"),unavailable=h("div.lo\
ading.unavailable",`Kernel disconnected. Run this cell again to play ${video.name}.`),hideLoading=()=>{loading.hidden=unavailable.hidden=!0};stage.node.append(loading,
unavailable),stage.node.style.setProperty("--ratio",`${video.width||16} / ${video.height||9}`),result.autoplay=isAutoplay,body.replaceChildren(stage.node,notice,
controls.node);let showError=error=>{hideLoading(),showNotice(notice,error)};result.onerror=()=>result.src&&showError(UNPLAYABLE),result.onloadeddata=hideLoading;
let{files}=video,urls=new Map,chosen=new Map,request=(ids,isExpected2)=>{receiveFile(kernel,video.job,ids,{isExpected:isExpected2,signal,onProgress:(id,received2,total)=>{
id===chosen.get(result)&&setText(loading,`Loading ${formatSize(received2)} of ${formatSize(total)}`)}}).forEach((file,index)=>{let url=file.then(blob=>{let url2=URL.
createObjectURL(blob);return onAbort(signal,()=>URL.revokeObjectURL(url2)),url2});urls.set(ids[index],url)})};function show(element,id){chosen.set(element,id);let{
label="",name=""}=files.find(file=>file.id===id)??{};stage.setLabel(element,label),urls.has(id)||request([id],!1);let isPlaying=element.currentSrc?!result.paused:
isAutoplay,{currentTime}=result;urls.get(id)?.then(url=>{chosen.get(element)===id&&(element.src=url,element===result&&(controls.offerDownload(url,name),result.currentTime=
currentTime,isPlaying&&result.play().catch(()=>{})))}).catch(reason=>{reason instanceof DOMException||(element===result?showError(reason):controls.setMode("resu\
lt"))})}offerFiles=offered=>{files=offered,controls.offerFiles(files,chosen.get(reference)??"",chosen.get(result)??"")};let[first,second]=files.map(({id})=>id);
request(second?[first,second]:[first],isExpected),show(result,first),second&&show(reference,second),offerFiles(files),controls.setMode(second?"side":"result"),onAbort(
signal,()=>{for(let element of[result,reference])element.pause(),element.removeAttribute("src"),element.load();body.replaceChildren()})},open=isExpected=>{let video=model.
get("video");if(isExpected&&video.job&&video.job===shownJob){offerFiles(video.files);return}shown.abort(),shown=new AbortController,shownJob=video.job,node.hidden=
!video.job,video.job&&(setText(title,video.clip),setText(facts,video.facts),notice.hidden=!0,showVideo(video,isExpected,shown.signal),isExpected&&node.parentElement&&
mayScroll(node.parentElement)&&reveal(node))};return listen(view,{"change:video":()=>open(!0)}),kernel.on("reveal_player",()=>{opener=document.activeElement,notice.
hidden||open(!1),reveal(node)}),open(!1),node}var CONNECT_TIMEOUT=5e3,SLOW_AFTER=600,OVERDUE_AFTER=6e3,lastSerial=0;function connectKernel(view){let lastMessage=performance.now(),connectTimer,pendingTimers=[],
unacknowledged=new Set,handlers=new Set,connectionListeners=[],pendingListeners=[],connection={isConnected:!0,pending:"none",on(type,handler){let entry=[type,handler];
return handlers.add(entry),()=>handlers.delete(entry)},onConnectionChange:listener=>connectionListeners.push(listener),onPendingChange:listener=>pendingListeners.
push(listener),silence:()=>performance.now()-lastMessage,check(){lastMessage=performance.now(),clearTimeout(connectTimer),connectTimer=setTimeout(setConnected,CONNECT_TIMEOUT,
!1),connection.send({type:"ready"})},send(message,buffers=[]){try{view.model.send(message,void 0,buffers)}catch{setConnected(!1)}},request(request){lastSerial+=
1;let serial=lastSerial;connection.send({...request,serial}),connection.isConnected&&(unacknowledged.add(serial),setPending("recent"),pendingTimers=[setTimeout(
setPending,SLOW_AFTER,"slow"),setTimeout(setPending,OVERDUE_AFTER,"overdue")])}},receive=(message,buffers)=>{lastMessage=performance.now(),setConnected(!0),message.
type==="ack"&&(message.serial?unacknowledged.delete(message.serial):unacknowledged.clear(),unacknowledged.size||setPending("none"));for(let[type,handler]of[...handlers])
type===message.type&&handler(message,buffers)},setConnected=isConnected=>{if(clearTimeout(connectTimer),connection.isConnected!==isConnected){connection.isConnected=
isConnected,unacknowledged.clear(),setPending("none");for(let listener of connectionListeners)listener()}},setPending=pending=>{(pending==="none"||pending==="re\
cent")&&pendingTimers.forEach(clearTimeout),connection.pending=pending;for(let listener of pendingListeners)listener()};return listen(view,{"msg:custom":receive,
comm_live_update:connection.check}),onAbort(view.signal,()=>{clearTimeout(connectTimer),pendingTimers.forEach(clearTimeout)}),connection}function captureKeys(root,signal){let isForPanel=({target,key,ctrlKey,metaKey,altKey})=>ctrlKey||metaKey||altKey?target instanceof Element&&target.matches("inpu\
t, textarea")?key!=="s":key==="Enter":!0;window.addEventListener("keydown",event=>root.toggleAttribute("data-lm-suppress-shortcuts",isForPanel(event)),{capture:!0,
signal}),root.addEventListener("keydown",event=>isForPanel(event)&&event.stopPropagation(),{signal}),root.addEventListener("beforeinput",event=>{/^(insertLineBreak|historyUndo|historyRedo)$/.
test(event.inputType)&&event.stopPropagation()},{capture:!0,signal})}async function copyText(text){try{return await navigator.clipboard.writeText(text),!0}catch{let field=h("textarea",{value:text});document.body.append(field),field.
select();let copied=document.execCommand("copy");return field.remove(),copied}}function saveFile(blob,name){let href=URL.createObjectURL(blob);h("a",{href,download:name}).click(),setTimeout(()=>URL.revokeObjectURL(href),6e4)}function createNotifier(signal){let prefix="",clear=()=>{prefix&&document.title.startsWith(prefix)&&(document.title=document.title.slice(prefix.length)),prefix=
""};return window.addEventListener("focus",clear,{signal}),signal.addEventListener("abort",clear),{async ask(){"Notification"in window&&Notification.permission===
"default"&&await Notification.requestPermission()},notify(text){if(!document.hasFocus()&&(clear(),prefix=`✓ ${text} · `,document.title=prefix+document.title,
!(!("Notification"in window)||Notification.permission!=="granted")))try{new Notification(text).onclick=()=>window.focus()}catch{}}}}var LINEAR_UNTIL=.85;function estimateProgress(seconds,median){let share=seconds/median;if(share<LINEAR_UNTIL)return share;let rest=1-LINEAR_UNTIL;return 1-rest*
Math.exp(-(share-LINEAR_UNTIL)/rest)}function describeEstimate(seconds,{median,low,high}){let usual=`usually ${formatDuration(low,high)}`;if(seconds>high)return`\
Longer than usual (${usual})`;let left=median-seconds;return left>.5?`About ${formatDuration(left)} left (${usual})`:`Almost done (${usual})`}function describeProgress(row,seconds){
let{progress,done,total,median,detail,retry_in}=row;if(retry_in!==null)return{share:null,text:describeRetry(retry_in-(seconds-row.elapsed))};if(progress==="comp\
lete")return{share:1,text:detail};if(progress==="estimate"){let running=seconds-row.queued;return{share:estimateProgress(running,median),text:describeEstimate(running,
row)}}return progress==="frames"?{share:done/total,text:`${done} of ${formatCount(total,"frame")}`}:progress!=="bytes"?{share:null,text:detail}:total?{share:done/
total,text:`${formatSize(done)} of ${formatSize(total)}`}:{share:null,text:formatSize(done)}}function describeRetry(seconds){return seconds>.5?`Next try in ${formatDuration(
seconds)}`:"Trying now"}function describeBatch({total,done,stopped,per_minute,low,high},seconds,now){let facts=[`${done.toLocaleString("en")} of ${formatCount(total,
"clip")} done`];if(stopped&&facts.push(`${stopped.toLocaleString("en")} failed or stopped`),per_minute!==null&&facts.push(`${per_minute} a minute`),low!==null&&
high!==null){let left=Math.max(1,high-seconds);facts.push(`about ${formatDuration(Math.max(1,low-seconds),left)} left, ready by about ${formatTime(now,left)}`)}else
done+stopped<total&&!done&&facts.push("the time left is known after the first clip");return{share:(done+stopped)/total,text:facts.join(" · ")}}function formatTime(now,seconds){
return new Date(now.getTime()+1e3*seconds+59999).toLocaleTimeString("en",{hour:"2-digit",minute:"2-digit",hourCycle:"h23"})}function describeSample({progress,sample_size}){
return progress!=="estimate"?"":sample_size?`Estimated from ${formatCount(sample_size,"earlier job")}`:"Estimated without earlier jobs"}function createBatch(signal){let notifier=createNotifier(signal),shown=null,receivedAt=0,isWanted=!1,folder="",fill=h("span.fill"),bar=h("div.bar",{role:"progre\
ssbar",ariaLabel:"Progress of all clips"},fill),text=h("span.muted.small"),notify=h("button.small.quiet",{ariaPressed:"false",onclick:toggle},"Notify me"),node=h(
"div.batch.line",{hidden:!0},bar,text,notify);function toggle(){isWanted=!isWanted,notify.ariaPressed=String(isWanted),setText(notify,isWanted?"Will notify":"No\
tify me"),isWanted&&notifier.ask()}let tick=()=>{if(!shown)return;let described=describeBatch(shown,(performance.now()-receivedAt)/1e3,new Date);setText(text,described.
text+(folder&&` · saved in ${folder}`)),fill.style.transform=`scaleX(${described.share.toFixed(4)})`,bar.ariaValueNow=String(Math.round(100*described.share)),bar.
ariaValueText=described.text};return{node,tick,update(batch,findFolder){let wasActive=shown&&isActive(shown);shown=batch,receivedAt=performance.now(),node.hidden=
!batch,batch&&(folder=isActive(batch)?"":findFolder(),notify.hidden=bar.hidden=!isActive(batch),isWanted&&wasActive&&!isActive(batch)&&(notifier.notify(`${batch.
done} of ${batch.total} clips done`),toggle()),tick())}}}function isActive({total,done,stopped}){return done+stopped<total}function findCauses(rows){let causes=new Map;for(let row of rows){if(!row.error)continue;let{kind,message,preserved="",hint=""}=row.error,key=`${kind} ${row.is_active}\
 ${message}`,cause=causes.get(key);cause?cause.rows.push(row):causes.set(key,{kind:kind==="error"?kind:"warning",message,preserved,hint,rows:[row]})}return[...causes.
values()].filter(({rows:rows2})=>rows2.length>1||isRetried(rows2[0])).sort((a,b)=>b.rows.length-a.rows.length)}function isRetried(row){return row.is_active&&row.
error!==null}function describeCause({kind,message,rows}){return isRetried(rows[0])?`${message} ${formatCount(rows.length,"clip")} waiting.`:`${rows.length.toLocaleString(
"en")} ${kind==="error"?"failed":"stopped"}: ${message}`}var MAX_LISTED=100;function createCauseList(kernel){let node=h("div.causes"),shown="",told=new Set,countdowns=[],drawCause=cause=>{let{rows,preserved,hint,kind}=cause,
ids=rows.map(({id})=>id),failed=rows.filter(({actions})=>actions.includes("retry")).map(({id})=>id),isTemporary=isRetried(rows[0]),retryAt=rows.flatMap(({retry_in,
receivedAt})=>retry_in===null?[]:receivedAt+1e3*retry_in),countdown=h("span");retryAt.length&&countdowns.push({until:Math.min(...retryAt),element:countdown});let disabled=!kernel.
isConnected,buttons=[];if(isTemporary)buttons.push(h("button.small",{disabled,onclick:()=>kernel.send({type:"retry_now"})},"Try now"));else if(failed.length){let onclick=()=>kernel.
send({type:"retry",ids:failed});buttons.push(h("button.small",{disabled,onclick,ariaLabel:`Retry failed: ${cause.message}`},"Retry failed"))}if(!isTemporary&&kind===
"error"){let onclick=()=>kernel.send({type:"clear",ids});buttons.push(h("button.small.quiet",{disabled,onclick,ariaLabel:`Clear: ${cause.message}`},"Clear"))}let text=[
preserved,retryAt.length?"":hint].filter(Boolean).join(" "),names=rows.slice(0,MAX_LISTED).map(({clip,key})=>h("li",[clip,key].filter(Boolean).join(" · ")));return rows.
length>MAX_LISTED&&names.push(h("li",`and ${rows.length-MAX_LISTED} more`)),h("div.notice",{"data-severity":kind},h("div.line",h("strong",describeCause(cause)),
` ${text} `,countdown,...buttons),...rows.length>1&&!isTemporary?[h("details.small",h("summary","Which clips"),h("ul",...names))]:[])},tick=()=>{for(let{until,element}of countdowns)
setText(element,describeRetry((until-performance.now())/1e3))};return{node,tick,tells:({id})=>told.has(id),update(rows){let causes=findCauses(rows),key=JSON.stringify(
[kernel.isConnected,causes.map(({message,rows:rows2})=>[message,rows2.map(({id,retry_in,receivedAt})=>[id,retry_in&&receivedAt])])]);if(key===shown)return[];shown=
key;let open=node.querySelector("details")?.open;countdowns=[],node.replaceChildren(...causes.map(drawCause));let details=node.querySelector("details");details&&
open&&(details.open=!0);let before=told;return told=new Set(causes.flatMap(({rows:rows2})=>rows2.map(({id})=>id))),tick(),[...before,...told].filter(id=>before.
has(id)!==told.has(id))}}}var GROUPS={running:"running",waiting:"waiting",success:"done",danger:"failed",warning:"stopped"};function elapsedSeconds(row,now){return row.elapsed+(row.is_active?
(now-row.receivedAt)/1e3:0)}var ORDERS={newest:(a,b)=>b.created-a.created,submitted:(a,b)=>a.created-b.created,state:(a,b)=>groupIndex(a)-groupIndex(b),clip:(a,b)=>a.
clip.localeCompare(b.clip),elapsed:(a,b,now)=>elapsedSeconds(b,now)-elapsedSeconds(a,now)};function groupIndex(row){return Object.keys(GROUPS).indexOf(row.severity)}
function selectRows(rows,{severity,words,order},now){let wanted=words.trim().toLowerCase();return rows.filter(row=>(!severity||row.severity===severity)&&(!wanted||
`${row.clip} ${row.key} ${row.label} ${row.media_id}`.toLowerCase().includes(wanted))).sort((a,b)=>ORDERS[order](a,b,now)||ORDERS.newest(a,b,now))}function describeGroups(counts){
return Object.entries(GROUPS).map(([severity,label])=>({label,size:counts.get(severity)??0})).filter(({size})=>size).map(({label,size})=>`${size.toLocaleString(
"en")} ${label}`).join(" · ")}var positions=new WeakMap;function mergeRows(rows,changed){let indexes=positions.get(rows);indexes?.size!==rows.length&&(indexes=
new Map(rows.map((row,index)=>[row.id,index]))),positions.set(rows,indexes);for(let row of changed){let index=indexes.get(row.id);index!==void 0?rows[index]=row:
indexes.set(row.id,rows.push(row)-1)}}function removeRows(rows,ids){let gone=new Set(ids);rows.splice(0,rows.length,...rows.filter(({id})=>!gone.has(id))),positions.
delete(rows)}var ACTIONS={show:["Show","Show the result of"],resume:["Resume"],save:["Save again","Save the result again:"],submit:["Submit"],retry:["Try again","Try again, \
in a new job:"],submit_again:["Submit again","Submit again, though it may be running already:"],detach:["Stop tracking"],copy_path:["Copy path","Copy the path o\
f the result of"],copy:["Copy ID","Copy the media ID of"]};function describeAction(action,row){return action==="detach"&&row.severity==="waiting"?["Stop"]:ACTIONS[action]}
function createRow(node,onAction,isConnected){let row,isErrorShared=!1,label=h("span.label.bold"),statuses=h("span.statuses.muted.ellipsis"),clip=h("span.clip-n\
ame.ellipsis"),key=h("span.clip-key.small.muted.ellipsis"),fill=h("span.fill"),bar=h("div.bar",{role:"progressbar"},fill),detail=h("div.detail.small.muted.ellip\
sis"),time=h("div.elapsed",{role:"cell"}),actions=h("div.actions",{role:"cell"}),error=h("div.notice",{role:"cell"});node.replaceChildren(h("div.state",{role:"c\
ell"},label,statuses),h("div.clip",{role:"cell"},clip,key),h("div.progress",{role:"cell"},bar,detail),time,actions,error);let drawActions=()=>{let shown=[...row.
actions,row.severity,isConnected()].join();if(actions.dataset.shown===shown)return;actions.dataset.shown=shown;let focused=actions.querySelector("button:focus"),
action=focused?.getAttribute("data-action");if(actions.replaceChildren(...row.actions.map(drawAction)),!focused)return;let next=actions.querySelector(`[data-act\
ion="${action}"]`)??actions.firstElementChild;next instanceof HTMLElement&&next.focus()},drawAction=action=>{let[text,spoken=text]=describeAction(action,row),button=h(
action==="show"?"button.small":"button.small.quiet",{ariaLabel:`${spoken} ${row.clip}`,"data-action":action,disabled:!isConnected()&&!action.startsWith("copy"),
onclick:()=>onAction(action,row,button)},text);return button},tick=()=>{let seconds=elapsedSeconds(row,performance.now()),{share,text}=describeProgress(row,seconds);
setText(time,seconds||row.is_active?formatClock(seconds):""),setText(detail,text||(isErrorShared?row.error?.message??"":"")),fill.style.transform=share===null?"":
`scaleX(${share.toFixed(4)})`,bar.ariaValueText=text||row.label,share!==null&&row.progress!=="estimate"?bar.ariaValueNow=String(Math.round(share*100)):bar.ariaValueNow=
null};return{tick,update(next,isShared){row=next,isErrorShared=isShared,node.dataset.severity=row.severity,node.dataset.progress=row.progress==="bytes"&&!row.total?
"indeterminate":row.progress,setText(label,row.label),setText(statuses,row.statuses.join(" → ")),setText(clip,row.clip),clip.title=row.media_id,setText(key,[row.
key,row.model].filter(Boolean).join(" · ")),bar.ariaLabel=`Progress of ${row.clip}`,showNotice(error,isShared?null:row.error),detail.title=row.path||(isShared?
row.error?.message:"")||describeSample(row),drawActions(),tick()}}}var TICK=250,CHECK_AFTER=2e4,TOOLS_FROM=4,GROUP=16,COPIED_FOR=1500,ORDER_NAMES={newest:"Newest first",submitted:"As submitted",state:"By state",clip:"By clip",elapsed:"\
By elapsed"};function createTable(view){let{model,kernel,signal}=view,entries=new Map,visible=new Set,withError=new Map,counts=new Map,marked,causes=createCauseList(
kernel),batch=createBatch(signal),isPaused=!1,shownIds=[],nextPollAt=null,groups=h("span.muted"),credits=h("span.muted"),nextPoll=h("span.next-poll.small.muted"),
announcement=h("div.sr-only",{role:"status"}),disconnected=h("span",{hidden:!0,"data-severity":"warning"},"Kernel disconnected. Run this cell again to update."),
search=h("input",{type:"search",placeholder:"Filter",ariaLabel:"Filter the jobs",oninput:arrange}),severity=h("select",{ariaLabel:"Show only",onchange:arrange},
new Option("All states",""),...Object.entries(GROUPS).map(([value,text])=>new Option(text,value))),order=h("select",{ariaLabel:"Sort by",onchange:arrange},...Object.
entries(ORDER_NAMES).map(([value,text])=>new Option(text,value))),clear=h("button.small",{onclick:()=>kernel.send({type:"clear",ids:idsOf2("success")})},"Clear \
done"),save=h("button.small",{onclick:()=>kernel.send({type:"save_table"})},"Export CSV"),tools=h("div.tools.line.small",search,severity,order,clear,save),pause=h(
"button.right",{hidden:!0,onclick:()=>kernel.send({type:isPaused?"unpause":"pause"})}),noJobs=h("p.empty.muted","No jobs yet. Each clip that you submit gets a r\
ow here."),noMatch=h("p.empty.muted","No job matches the filter."),body=h("div",{role:"presentation"}),scroller=h("div.scroll",{tabIndex:0,role:"region",ariaLabel:"\
List of jobs"},h("div",{role:"table",ariaLabel:"Jobs"},h("div.sr-only",{role:"rowgroup"},h("div",{role:"row"},...["State","Clip","Progress","Elapsed","Actions"].
map(text=>h("span",{role:"columnheader"},text)))),body)),node=h("section.card.table",{ariaLabel:"Jobs"},h("header.header.line",h("h2","Jobs"),groups,credits,disconnected,
nextPoll,pause),batch.node,causes.node,tools,noJobs,noMatch,scroller,announcement),observer=new IntersectionObserver(changes=>{for(let{target,isIntersecting}of changes)
for(let node2 of target.children){let entry=entries.get(node2.getAttribute("data-job")??"");entry&&(isIntersecting?drawCells:dropCells)(entry)}},{root:scroller,
rootMargin:"200px"}),drawCells=entry=>{visible.add(entry),entry.cells??=createRow(entry.node,act,()=>kernel.isConnected),entry.cells.update(entry.row,causes.tells(
entry.row))},dropCells=entry=>{!visible.has(entry)||entry.node.contains(document.activeElement)||(visible.delete(entry),entry.cells=null,entry.node.replaceChildren(
describeBriefly(entry.row)))},describeBriefly=({clip,label})=>h("span.sr-only",{role:"cell"},`${clip}: ${label}`),idsOf2=group=>[...entries.values()].flatMap(({
row})=>row.severity===group?row.id:[]),act=(action,{id,media_id,path},button)=>{action==="copy"?copy(action,media_id,"media ID",button):action==="copy_path"?copy(
action,path,"path",button):action==="show"||action==="detach"?kernel.send({type:action,id}):action==="retry"?kernel.send({type:action,ids:[id]}):kernel.send({type:"\
resume",id})},copy=async(action,text,name,button)=>{let copied=await copyText(text);button.style.minWidth=`${button.offsetWidth}px`,setText(button,copied?"Copie\
d":"Can’t copy"),setText(announcement,copied?`The ${name} was copied.`:"The browser does not allow this page to copy."),setTimeout(()=>setText(button,ACTIONS[action][0]),
COPIED_FOR)},drawCauses=()=>causes.update([...withError.values()].map(({row})=>row)),count=(row,number)=>counts.set(row.severity,(counts.get(row.severity)??0)+number),
update=rows=>{let receivedAt=performance.now(),isNew=!1,isErrorNew=!1;for(let changed2 of rows){let row={...changed2,receivedAt},entry=entries.get(row.id);if(entry)
entry.row.label!==row.label&&setText(announcement,`${row.clip}: ${row.label}`),count(entry.row,-1),entry.row=row;else{isNew=!0;let node2=h("div.row",{role:"row",
"data-job":row.id},describeBriefly(row));entry={row,node:node2,cells:null},entries.set(row.id,entry)}count(row,1),isErrorNew||=row.error!==null||withError.has(row.
id),row.error?withError.set(row.id,entry):withError.delete(row.id)}let moved=new Set(isErrorNew?drawCauses():[]),changed=new Set(rows.map(({id})=>id));for(let{cells,
row}of visible)(changed.has(row.id)||moved.has(row.id))&&cells?.update(row,causes.tells(row));isNew||severity.value||search.value||order.selectedIndex>1?arrange():
drawCounts()},remove=ids=>{for(let id of ids){let entry=entries.get(id);entry&&(count(entry.row,-1),visible.delete(entry),entries.delete(id),withError.delete(id))}
let moved=new Set(drawCauses());for(let{cells,row}of visible)moved.has(row.id)&&cells?.update(row,causes.tells(row));arrange()};function arrange(){let all=[...entries.
values()].map(({row})=>row),view2={severity:severity.value,words:search.value,order:order.value},ids=selectRows(all,view2,performance.now()).map(({id})=>id);if(ids.
length!==shownIds.length||ids.some((id,index)=>id!==shownIds[index])){shownIds=ids;let focused=document.activeElement;observer.disconnect();let nodes=ids.flatMap(
id=>entries.get(id)?.node??[]),groups2=[];for(let start=0;start<nodes.length;start+=GROUP)groups2.push(h("div.group",{role:"rowgroup"},...nodes.slice(start,start+
GROUP)));body.replaceChildren(...groups2);for(let group of groups2)observer.observe(group);focused instanceof HTMLElement&&body.contains(focused)&&focused.focus()}
drawCounts()}function drawCounts(){setText(groups,describeGroups(counts)),noJobs.hidden=entries.size>0,scroller.hidden=!entries.size,noMatch.hidden=!entries.size||
shownIds.length>0,tools.hidden=entries.size<TOOLS_FROM,clear.hidden=!counts.get("success"),clear.disabled=save.disabled=!kernel.isConnected}let markShown=()=>{marked?.
removeAttribute("aria-current"),marked=entries.get(model.get("video").job??"")?.node,marked?.setAttribute("aria-current","true")};body.addEventListener("click",
({target})=>{if(!(target instanceof Element)||target.closest("button, a")||getSelection()?.type==="Range")return;let id=target.closest("[data-job]")?.getAttribute(
"data-job")??"";kernel.isConnected&&entries.get(id)?.row.actions.includes("show")&&kernel.send({type:"show",id})});let tick=()=>{for(let{row,cells}of visible)row.
is_active&&cells?.tick();batch.tick(),causes.tick();let hasActive=()=>[...entries.values()].some(({row})=>row.is_active);kernel.isConnected&&kernel.silence()>CHECK_AFTER&&
hasActive()&&kernel.check();let left=nextPollAt===null?0:(nextPollAt-performance.now())/1e3;setText(nextPoll,isPaused?"Paused":left>.5?`Next check in ${Math.ceil(
left)} s`:"")},findFolder=()=>{for(let{row}of entries.values())if(row.path)return row.path.replace(/[/\\][^/\\]*$/,"");return""},drawSummary=summary=>{isPaused=
summary.is_paused,nextPollAt=summary.next_poll===null?null:performance.now()+1e3*summary.next_poll,pause.hidden=!summary.can_pause,setText(pause,isPaused?"Resum\
e all":"Pause all"),batch.update(summary.batch,findFolder),setText(credits,summary.credits===null?"":`${formatCount(summary.credits,"credit")} left`),tick()},remembered=row=>({
...row,is_active:!1,progress:"none",retry_in:null,detail:"Last known state"}),draw=()=>{update(model.get("rows").map(row=>row.is_active&&!kernel.isConnected?remembered(
row):row))};listen(view,{"change:rows":draw,"change:video":markShown}),kernel.on("rows",({rows,summary})=>{mergeRows(model.get("rows"),rows),update(rows),summary&&
drawSummary(summary),markShown()}),kernel.on("rows_removed",({ids})=>{removeRows(model.get("rows"),ids),remove(ids)}),kernel.on("table_file",({name},[bytes])=>saveFile(
new Blob([bytes],{type:"text/csv"}),name)),kernel.onConnectionChange(()=>{disconnected.hidden=kernel.isConnected,draw(),kernel.isConnected||drawSummary({next_poll:null,
can_pause:!1,is_paused:!1,credits:null,batch:null})}),draw(),markShown();let timer=setInterval(tick,TICK);return onAbort(signal,()=>{clearInterval(timer),observer.
disconnect()}),node}function render({model,el}){let controller=new AbortController,{signal}=controller,kernel=connectKernel({model,signal}),view={model,signal,kernel},root=h("div.p\
anel",createForm(view),createTable(view),createPlayer(view)),drawConnection=()=>root.toggleAttribute("data-disconnected",!kernel.isConnected);return kernel.onConnectionChange(
drawConnection),drawConnection(),captureKeys(root,signal),el.append(root,fallbackStyle(model.get("fallback_class"))),kernel.check(),()=>controller.abort()}function fallbackStyle(fallbackClass){
let summary=`.${CSS.escape(fallbackClass||"vfxw-fallback")}`,inOutput=`.jp-OutputArea:has(.vfxw-panel) > .jp-OutputArea-child:has(${summary})`;return h("style",
`${inOutput}, body:not(:has(.jp-OutputArea)) ${summary} { display: none }`)}var panel_default={render};export{panel_default as default};
